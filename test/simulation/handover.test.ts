import assert from "node:assert/strict";
import type { ProtocolMutant as Mutant } from "./plan.ts";
import {
  calm,
  faulty,
  hanging,
  littleRoom,
  lostHosts,
  manyShifts,
  restarts,
  rivals,
  silent,
  wild,
} from "./plans.ts";
import { play } from "./play.ts";

/** STITCH_SCHEDULES=n runs n schedules; STITCH_SEED=s replays one. */
const SCHEDULES = Number(process.env["STITCH_SCHEDULES"] ?? 10_000);
const REPLAY = process.env["STITCH_SEED"];
/** A mutant has to be caught within so many schedules. */
const MUTANT_SCHEDULES = 400;

function playCalm(seed: number, mutant?: Mutant): void {
  const world = play(seed, calm, mutant);
  assert.equal(world.deliveries, 60 + 3, `seed ${seed}: each message is handed to a flow once`);
}

interface Rule {
  readonly rule: string;
  readonly run: (seed: number, mutant: Mutant) => void;
}

const withFaults = (seed: number, mutant: Mutant): void => {
  play(seed, faulty, mutant);
};

const withLittleRoom = (seed: number, mutant: Mutant): void => void play(seed, littleRoom, mutant);
const withManyShifts = (seed: number, mutant: Mutant): void => void play(seed, manyShifts, mutant);

const RULES: Record<Mutant, Rule> = {
  "early-emit": { rule: "nothing leaves a host before its commit", run: withFaults },
  "no-repeat": { rule: "a new owner emits the outbox again", run: withFaults },
  "no-cas": { rule: "records change by compare-and-set only", run: withFaults },
  "ack-on-delivery": { rule: "a message is acknowledged when it is committed", run: withFaults },
  epoch: { rule: "an older epoch is refused", run: (seed, mutant) => void play(seed, restarts, mutant) },
  "no-hold": { rule: "a shift waits until the owner has committed what it has", run: playCalm },
  "trim-early": { rule: "the outbox keeps an output until it is confirmed", run: withFaults },
  "ack-on-send": { rule: "a route keeps a message until it is committed", run: withFaults },
  "same-epoch": { rule: "a new owner has a new epoch", run: withFaults },
  "timeout-is-success": { rule: "the fate of a write that timed out is read", run: withFaults },
  "no-replay": { rule: "a new owner gets what the old one had not committed", run: withFaults },
  "out-of-turn": { rule: "a message is taken at its turn only", run: withFaults },
  "ack-refused": { rule: "a host acknowledges nothing that it had no room for", run: withLittleRoom },
  "cold-shift": { rule: "only a warm host gets a planned shift", run: withManyShifts },
  "no-release": { rule: "a shift that is given up releases what was held", run: withManyShifts },
  "no-turns": { rule: "planned shifts take turns at holding their slots", run: withManyShifts },
  "no-retransmit": { rule: "what is not acknowledged is sent again", run: withFaults },
  "one-numbering": {
    rule: "a route that was overtaken tells its own numbers from the other's",
    run: (seed, mutant) => void play(seed, rivals, mutant),
  },
};

/** First seed whose schedule fails. */
function firstCaught(run: (seed: number) => void): number | undefined {
  for (let seed = 1; seed <= MUTANT_SCHEDULES; seed++) {
    try {
      run(seed);
    } catch {
      return seed;
    }
  }
  return undefined;
}

describe("hand-over under random faults", () => {
  it("keeps its promise in every schedule", function () {
    this.timeout(300_000);
    if (REPLAY !== undefined) {
      play(Number(REPLAY), faulty);
      return;
    }
    for (let seed = 1; seed <= SCHEDULES; seed++) play(seed, faulty);
  });

  it("keeps it when gateways lose their memory", function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) play(seed, restarts);
  });

  it("keeps it with two gateways that fight over the slots", function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) play(seed, rivals);
  });

  it("keeps it when hosts don't come back", function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) play(seed, lostHosts);
  });

  it("keeps it when flows hang, and holds no slot for long", function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) play(seed, hanging);
  });

  it("keeps it when silence follows", function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) play(seed, silent);
  });

  it("keeps it with all of that together", function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) play(seed, wild);
  });

  it("processes each message once when slots only shift by plan", function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= SCHEDULES / 10; seed++) playCalm(seed);
  });

  for (const [mutant, { rule, run }] of Object.entries(RULES) as [Mutant, Rule][])
    it(`notices when it is not so that ${rule}`, function () {
      this.timeout(60_000);
      const caught = firstCaught((seed) => run(seed, mutant));
      assert.notEqual(caught, undefined, `the mutant "${mutant}" survived ${MUTANT_SCHEDULES} schedules`);
    });
});
