import assert from "node:assert/strict";
import type { LogMutant } from "./plan.ts";
import { crashing, crashingWild, standby, tornLog, turns } from "./plans.ts";
import { playLogged } from "./play.ts";

/** STITCH_LOG_SCHEDULES=n runs n schedules; STITCH_LOG_SEED=s replays one. */
const SCHEDULES = Number(process.env["STITCH_LOG_SCHEDULES"] ?? 1000);
const REPLAY = process.env["STITCH_LOG_SEED"];
const MUTANT_SCHEDULES = 300;

const RULES: Readonly<Record<LogMutant, string>> = {
  "ack-before-log": "a message is acknowledged when it is on disk",
  "take-refused": "what finds no room is refused",
  "send-before-numbered": "an epoch's numbers are on disk before anything is sent under them",
  "no-numbering": "numbers are in the log",
  "delete-on-send": "a message leaves the log when it is committed",
  "unordered-log": "the log is written in order",
  "log-not-read": "what is on disk is read before anything newer is sent",
  "numbers-forgotten": "a restart goes on with its predecessor's numbers",
};

describe("a gateway's log under crashes", () => {
  it("keeps its promise in every schedule", async function () {
    this.timeout(240_000);
    if (REPLAY !== undefined) return playLogged(Number(REPLAY), crashing);
    for (let seed = 1; seed <= SCHEDULES; seed++) await playLogged(seed, crashing);
  });

  it("keeps it with two of them, and with standstills", async function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= SCHEDULES / 4; seed++) await playLogged(seed, crashingWild);
  });

  it("keeps it when one stands by and takes over, and the log of the other comes late", async function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= SCHEDULES / 4; seed++) await playLogged(seed, standby);
  });

  it("keeps it when they take turns quickly", async function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) await playLogged(seed, turns);
  });

  it("keeps it when gateways are killed while they move what they retain to disk", async function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) await playLogged(seed, tornLog);
  });

  for (const [mutant, rule] of Object.entries(RULES) as [LogMutant, string][])
    it(`notices when it is not so that ${rule}`, async function () {
      this.timeout(120_000);
      for (let seed = 1; seed <= MUTANT_SCHEDULES; seed++) {
        const isCaught = await playLogged(seed, crashing, mutant).then(
          () => false,
          () => true,
        );
        if (isCaught) return;
      }
      assert.fail(`the mutant "${mutant}" survived ${MUTANT_SCHEDULES} schedules`);
    });
});
