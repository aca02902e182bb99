import assert from "node:assert/strict";
import type { Random } from "../../src/core/ports.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Left, LoggedGateway } from "./logged-gateway.ts";
import type { LogMutant, Plan } from "./plan.ts";
import { SimDisk } from "./sim-disk.ts";
import { World } from "./world.ts";

/** STITCH_LOG_SCHEDULES=n runs n schedules; STITCH_LOG_SEED=s replays one. */
const SCHEDULES = Number(process.env["STITCH_LOG_SCHEDULES"] ?? 1000);
const REPLAY = process.env["STITCH_LOG_SEED"];
const MUTANT_SCHEDULES = 300;

const whole = (random: Random, max: number): number => Math.floor(random.next() * (max + 1));

/** Gateways with a log that crash at any moment, are redeployed, and whose buffer is changed between disk and memory. */
function crashing(random: Random): Plan {
  return {
    maxDelayMs: 1 + random.next() ** 3 * 150,
    loss: random.next() * 0.15,
    duplication: random.next() * 0.25,
    feedLoss: random.next() * 0.3,
    storeTimeout: random.next() * 0.15,
    flowFactor: random.next() * 2,
    confirmable: true,
    messages: 20 + whole(random, 60),
    crashes: whole(random, 1),
    pauses: whole(random, 1),
    orchestratorRestarts: 0,
    gatewayCrashes: 1 + whole(random, 3),
    redeploys: whole(random, 2),
    shifts: whole(random, 4),
    outputOutages: 0,
    hasRival: false,
    intakeBytes: 1e9,
    // Keeping a message takes 266 bytes.
    bufferBytes: random.next() < 0.3 ? 1500 + random.next() * 3000 : 1e9,
    logFails: random.next() < 0.5 ? 0 : random.next() * 0.3,
  };
}

async function play(seed: number, mutant?: LogMutant): Promise<void> {
  const random = seededRandom(seed + 1_000_000);
  let isDirty = false;
  let disk: SimDisk | undefined;
  const left: Left = { streams: [], fragile: new Set() };
  let plan: Plan | undefined;
  const faults = {
    maxDelayMs: 1 + random.next() * 60,
    isUnordered: mutant === "unordered-log",
    get fails(): number {
      return plan?.logFails ?? 0;
    },
  };
  const world = new World(seed, crashing, mutant, (name, of) => {
    plan = of.plan;
    disk ??= new SimDisk(of.timeline, random, faults);
    disk.onAnswer = () => {
      isDirty = true;
    };
    const kind = random.next() < 0.7 ? "disk" : "memory";
    return new LoggedGateway(name, of, disk, left, kind);
  });
  try {
    await world.runSettling(() => {
      if (!isDirty) return undefined;
      isDirty = false;
      return new Promise((resolve) => void setImmediate(resolve));
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}: ${why}`, { cause: error });
  }
}

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
    if (REPLAY !== undefined) return play(Number(REPLAY));
    for (let seed = 1; seed <= SCHEDULES; seed++) await play(seed);
  });

  for (const [mutant, rule] of Object.entries(RULES) as [LogMutant, string][])
    it(`notices when it is not so that ${rule}`, async function () {
      this.timeout(120_000);
      for (let seed = 1; seed <= MUTANT_SCHEDULES; seed++) {
        const isCaught = await play(seed, mutant).then(
          () => false,
          () => true,
        );
        if (isCaught) return;
      }
      assert.fail(`the mutant "${mutant}" survived ${MUTANT_SCHEDULES} schedules`);
    });
});
