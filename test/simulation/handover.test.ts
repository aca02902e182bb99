import assert from "node:assert/strict";
import type { Random } from "../../src/core/ports.ts";
import type { ProtocolMutant as Mutant, Plan } from "./plan.ts";
import { World } from "./world.ts";

/** STITCH_SCHEDULES=n runs n schedules; STITCH_SEED=s replays one. */
const SCHEDULES = Number(process.env["STITCH_SCHEDULES"] ?? 10_000);
const REPLAY = process.env["STITCH_SEED"];
/** A mutant has to be caught within so many schedules. */
const MUTANT_SCHEDULES = 400;

const whole = (random: Random, max: number): number => Math.floor(random.next() * (max + 1));

/** Any mix of faults. */
function faulty(random: Random): Plan {
  const isCalm = random.next() < 0.2;
  const rate = (max: number): number => (isCalm ? 0 : random.next() * max);
  return {
    maxDelayMs: 1 + random.next() ** 3 * 150,
    loss: rate(0.25),
    duplication: rate(0.25),
    feedLoss: rate(0.5),
    storeTimeout: rate(0.25),
    flowFactor: random.next() * 2,
    confirmable: random.next() < 0.8,
    messages: 20 + whole(random, 60),
    crashes: whole(random, 3),
    pauses: whole(random, 2),
    orchestratorRestarts: whole(random, 1),
    gatewayCrashes: random.next() < 0.3 ? 1 : 0,
    shifts: whole(random, 8),
    outputOutages: whole(random, 2),
    hasRival: false,
    intakeBytes: random.next() < 0.3 ? 1200 + random.next() * 8000 : 1e9,
  };
}

/** Planned shifts only: nothing is lost, so nothing may be done twice either. */
function calm(random: Random): Plan {
  const none = { loss: 0, duplication: 0, feedLoss: 0, storeTimeout: 0 };
  const noFaults = { crashes: 0, pauses: 0, orchestratorRestarts: 0, gatewayCrashes: 0, outputOutages: 0 };
  return {
    ...none,
    ...noFaults,
    maxDelayMs: 1 + random.next() * 15,
    flowFactor: 1,
    confirmable: true,
    messages: 60,
    shifts: 8,
    hasRival: false,
    intakeBytes: 1e9,
  };
}

/** Runs one schedule; a failure names the seed that replays it. */
function play(seed: number, plan: (random: Random) => Plan, mutant?: Mutant): World {
  const world = new World(seed, plan, mutant);
  try {
    world.run();
    return world;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}: ${why}`, { cause: error });
  }
}

function playCalm(seed: number, mutant?: Mutant): void {
  const world = play(seed, calm, mutant);
  assert.equal(world.deliveries, 60 + 3, `seed ${seed}: each message is handed to a flow once`);
}

/** Gateways that lose their memory while messages of theirs are still on the way. */
function restarts(random: Random): Plan {
  const plan = faulty(random);
  return {
    ...plan,
    maxDelayMs: 100,
    duplication: 0.5,
    gatewayCrashes: 3,
    crashes: 0,
    pauses: 0,
    messages: 80,
  };
}

/** Two gateways configured alike, each with messages of its own for the same slots. */
function rivals(random: Random): Plan {
  return { ...faulty(random), gatewayCrashes: 0, hasRival: true };
}

interface Rule {
  readonly rule: string;
  readonly run: (seed: number, mutant: Mutant) => void;
}

const withFaults = (seed: number, mutant: Mutant): void => {
  play(seed, faulty, mutant);
};

/** Hosts that have little room, and gateways whose shifts are often given up. */
const withLittleRoom = (seed: number, mutant: Mutant): void => {
  play(seed, (random) => ({ ...faulty(random), intakeBytes: 1200, messages: 80 }), mutant);
};
const withManyShifts = (seed: number, mutant: Mutant): void => {
  play(seed, (random) => ({ ...faulty(random), shifts: 20, crashes: 4, pauses: 2 }), mutant);
};

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
