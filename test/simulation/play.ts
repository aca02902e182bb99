import assert from "node:assert/strict";
import type { Random } from "../../src/core/ports.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Left, LoggedGateway } from "./logged-gateway.ts";
import type { Mutant, Plan } from "./plan.ts";
import { CALM_MESSAGES, LOGGED, PLANS, type PlanName } from "./plans.ts";
import { SimDisk } from "./sim-disk.ts";
import { type NewGateway, World } from "./world.ts";

export type DrawPlan = (random: Random) => Plan;

/** A failure names the seed that replays it. */
function failure(seed: number, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(`seed ${seed}: ${why}`, { cause: error });
}

/** Runs one schedule of gateways that keep all in memory. */
export function play(seed: number, plan: DrawPlan, mutant?: Mutant): World {
  const world = new World(seed, plan, mutant);
  try {
    world.run();
    return world;
  } catch (error) {
    throw failure(seed, error);
  }
}

interface SideDisk {
  readonly disk: SimDisk;
  readonly left: Left;
}

/** Runs one schedule of gateways with a log on disk: the adapters as the runtime wires them. */
export async function playLogged(seed: number, plan: DrawPlan, mutant?: Mutant): Promise<void> {
  const random = seededRandom(seed + 1_000_000);
  const sides = new Map<string, SideDisk>();
  let isDirty = false;
  const delayMs = 1 + random.next() * 60;
  let drawn: Plan | undefined;
  const faults = {
    get maxDelayMs(): number {
      return drawn?.diskMs ?? delayMs;
    },
    isUnordered: mutant === "unordered-log",
    get fails(): number {
      return drawn?.logFails ?? 0;
    },
  };
  const sideOf = (name: string, { timeline }: World): SideDisk => {
    const disk = new SimDisk(timeline, random, faults);
    disk.onAnswer = () => {
      isDirty = true;
    };
    const side = sides.get(name) ?? { disk, left: { streams: [], fragile: new Set() } };
    sides.set(name, side);
    return side;
  };
  const newGateway: NewGateway = (name, side, of) => {
    drawn = of.plan;
    const { disk, left } = sideOf(side, of);
    return new LoggedGateway(name, of, disk, left, random.next() < 0.7 ? "disk" : "memory");
  };
  try {
    const world = new World(seed, plan, mutant, newGateway);
    await world.runSettling(() => {
      if (!isDirty) return undefined;
      isDirty = false;
      return new Promise((resolve) => void setImmediate(resolve));
    });
  } catch (error) {
    throw failure(seed, error);
  }
}

/** Runs one schedule of either kind; one without faults has to hand each message to a flow once. */
export async function playAny(seed: number, name: PlanName): Promise<void> {
  const plan = PLANS[name];
  if (name in LOGGED) return playLogged(seed, plan);
  const { deliveries } = play(seed, plan);
  if (name === "calm")
    assert.equal(deliveries, CALM_MESSAGES + 3, `seed ${seed}: each message is handed to a flow once`);
}
