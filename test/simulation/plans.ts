import type { Random } from "../../src/core/ports.ts";
import type { Plan } from "./plan.ts";

export const CALM_MESSAGES = 60;

const whole = (random: Random, max: number): number => Math.floor(random.next() * (max + 1));

/** Any mix of faults. */
export function faulty(random: Random): Plan {
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
export function calm(random: Random): Plan {
  const none = { loss: 0, duplication: 0, feedLoss: 0, storeTimeout: 0 };
  const noFaults = { crashes: 0, pauses: 0, orchestratorRestarts: 0, gatewayCrashes: 0, outputOutages: 0 };
  return {
    ...none,
    ...noFaults,
    isCalm: true,
    maxDelayMs: 1 + random.next() * 15,
    flowFactor: 1,
    confirmable: true,
    messages: CALM_MESSAGES,
    shifts: 8,
    hasRival: false,
    intakeBytes: 1e9,
  };
}

/** Owners whose flow hangs while their slots are to be moved. */
export const hanging = (random: Random): Plan => ({
  ...calm(random),
  isCalm: false,
  flowHangs: 4,
  shifts: 16,
  mostHeldMs: 1200,
});

/** Nobody tells hosts of changed records, and no message comes after the faults. */
export const silent = (random: Random): Plan => ({
  ...faulty(random),
  feedLoss: 1,
  confirmable: true,
  messages: 12,
  crashes: 4,
  outputOutages: 6,
  gatewayCrashes: 0,
  endsSilent: true,
});

/** Gateways that lose their memory while messages of theirs are still on the way. */
export function restarts(random: Random): Plan {
  const calmHosts = { crashes: 0, pauses: 0 };
  return {
    ...faulty(random),
    ...calmHosts,
    maxDelayMs: 100,
    duplication: 0.5,
    gatewayCrashes: 3,
    messages: 80,
  };
}

/** Two gateways configured alike, each with messages of its own for the same slots. */
export const rivals = (random: Random): Plan => ({ ...faulty(random), gatewayCrashes: 0, hasRival: true });

/** Hosts that have little room. */
export const littleRoom = (random: Random): Plan => ({ ...faulty(random), intakeBytes: 1200, messages: 80 });

/** Many orders to move slots, and hosts that fail meanwhile. */
export const manyShifts = (random: Random): Plan => ({
  ...faulty(random),
  shifts: 20,
  crashes: 4,
  pauses: 2,
});

/** Hosts that don't come back. */
export const lostHosts = (random: Random): Plan => ({ ...faulty(random), lostHosts: 1 + whole(random, 1) });

/** All of it together, and more often. */
export function wild(random: Random): Plan {
  return {
    ...faulty(random),
    messages: 40 + whole(random, 80),
    crashes: whole(random, 5),
    pauses: whole(random, 4),
    orchestratorRestarts: whole(random, 2),
    gatewayCrashes: whole(random, 2),
    shifts: whole(random, 20),
    lostHosts: whole(random, 1),
    hasRival: random.next() < 0.7,
  };
}

/** Gateways with a log that crash at any moment, are redeployed, and whose buffer is changed between disk and memory. */
export function crashing(random: Random): Plan {
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

/** Gateways that move what they retain from memory to disk, and are killed meanwhile. */
export const tornLog = (random: Random): Plan => ({
  ...crashing(random),
  maxDelayMs: 150,
  loss: 0.3,
  gatewayCrashes: 8,
  redeploys: 8,
  diskMs: 300,
  bufferBytes: 1e9,
  messages: 150,
  shifts: 0,
});

/** Gateways with a log, two of them, that also stand still, and hosts that fail as often as anywhere. */
export function crashingWild(random: Random): Plan {
  return {
    ...crashing(random),
    hasRival: random.next() < 0.7,
    gatewayPauses: whole(random, 2),
    crashes: whole(random, 3),
    pauses: whole(random, 2),
    lostHosts: whole(random, 1),
    shifts: whole(random, 12),
    outputOutages: whole(random, 1),
    intakeBytes: random.next() < 0.3 ? 1200 + random.next() * 8000 : 1e9,
  };
}

/** Two gateways of which one works: the other takes over when that one ends or stands still past its lease. */
export function standby(random: Random): Plan {
  return {
    ...crashing(random),
    standby: true,
    // A lease is let go of after 1.5 s at the latest.
    faultsMs: 9000,
    messages: 60 + whole(random, 120),
    gatewayCrashes: whole(random, 3),
    gatewayPauses: whole(random, 2),
    redeploys: whole(random, 1),
    lostHosts: random.next() < 0.2 ? 1 : 0,
  };
}

/** The two take turns quickly, and their disks are slow. */
export const turns = (random: Random): Plan => ({
  ...standby(random),
  gatewayCrashes: 0,
  gatewayPauses: 10,
  redeploys: 0,
  faultsMs: 15_000,
  messages: 200,
  diskMs: 300,
});

/** Of gateways that keep all in memory. */
const IN_MEMORY = {
  faulty,
  calm,
  hanging,
  silent,
  restarts,
  rivals,
  littleRoom,
  manyShifts,
  lostHosts,
  wild,
};
/** Of gateways with a log on disk. */
export const LOGGED = { crashing, tornLog, crashingWild, standby, turns };
export const PLANS = { ...IN_MEMORY, ...LOGGED };
export type PlanName = keyof typeof PLANS;
