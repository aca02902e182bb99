import type { Millis, Random } from "../core/ports.ts";
import type { Emission } from "./payload.ts";
import { between, exponential, seededRandom } from "./random.ts";

/** An emission at a time since the run's start. */
export interface Due extends Emission {
  readonly dueMs: Millis;
}

/** One device: its messages in order of time; undefined: no more. */
export interface Source {
  readonly device: string;
  next(): Due | undefined;
}

interface Model {
  readonly device: string;
  readonly channels: readonly string[];
  readonly kind: string;
  readonly random: Random;
  /** Size of a message. */
  bytes(): number;
  /** Time to the message after the one at `atMs`. */
  gapMs(atMs: Millis): Millis;
}

/** Channels take turns, so each key of a session carries the same share. */
function sourceOf(model: Model, firstMs: Millis): Source {
  let atMs = firstMs;
  let turn = 0;
  return {
    device: model.device,
    next() {
      const channel = model.channels[turn++ % model.channels.length] ?? "data";
      const due: Due = {
        dueMs: atMs,
        device: model.device,
        channel,
        bytes: Math.round(model.bytes()),
        kind: model.kind,
      };
      atMs += Math.max(1, model.gapMs(atMs));
      return due;
    },
  };
}

/** A thermometer: every few seconds, to the clock, with a little jitter. */
export function periodicSensor(device: string, random: Random): Source {
  const periodMs = between(random, 1_500, 5_000);
  const gapMs = (): Millis => periodMs * between(random, 0.98, 1.02);
  const bytes = (): number => between(random, 60, 120);
  const model = { device, channels: ["telemetry"], kind: "json", random, bytes, gapMs };
  return sourceOf(model, between(random, 0, periodMs));
}

/** A door or motion contact: when something happens. */
export function eventSensor(device: string, random: Random): Source {
  const meanMs = between(random, 2_000, 8_000);
  const gapMs = (): Millis => exponential(random, meanMs);
  const model = { device, channels: ["event"], kind: "json", random, bytes: () => 48, gapMs };
  return sourceOf(model, exponential(random, meanMs));
}

/** A data logger: silent, then a burst of what it has kept. */
export function burstyLogger(device: string, random: Random): Source {
  let left = 0;
  const gapMs = (): Millis => {
    if (left > 0) {
      left--;
      return between(random, 40, 80);
    }
    left = Math.floor(between(random, 8, 20));
    return exponential(random, 9_000);
  };
  const bytes = (): number => between(random, 200, 900);
  const model = { device, channels: ["log", "alarm"], kind: "binary", random, bytes, gapMs };
  return sourceOf(model, between(random, 0, 9_000));
}

/** A meter that only says that it is alive. */
export function keepAlive(device: string, random: Random): Source {
  const gapMs = (): Millis => 5_000 + between(random, -50, 50);
  const model = { device, channels: ["alive"], kind: "binary", random, bytes: () => 12, gapMs };
  return sourceOf(model, between(random, 0, 5_000));
}

/** A microphone or vibration sensor: frames at a steady rate on four channels. */
export function streamer(device: string, random: Random): Source {
  const gapMs = (): Millis => 125 * between(random, 0.9, 1.1);
  const channels = ["x", "y", "z", "level"];
  return sourceOf(
    { device, channels, kind: "binary", random, bytes: () => 256, gapMs },
    between(random, 0, 125),
  );
}

export interface SurgeShape {
  /** Messages/s between surges and at a surge's top. */
  readonly basePerSec: number;
  readonly peakPerSec: number;
  /** Start to start of surges, and where in it the first surge starts. */
  readonly everyMs: Millis;
  readonly offsetMs: Millis;
  readonly rampMs: Millis;
  readonly topMs: Millis;
}

/** Rate of a surging device: base, a straight ramp up, the top, a ramp down in half the time. */
export function surgeRate(shape: SurgeShape, atMs: Millis): number {
  const { basePerSec, peakPerSec, everyMs, offsetMs, rampMs, topMs } = shape;
  if (atMs < offsetMs) return basePerSec;
  const into = (atMs - offsetMs) % everyMs;
  const rise = into / rampMs;
  const fall = 1 - (into - rampMs - topMs) / (rampMs / 2);
  const height = Math.max(0, Math.min(1, rise, fall));
  return basePerSec + (peakPerSec - basePerSec) * height;
}

/** A camera: a steady trickle of frames that swells whenever something moves before it. */
export function surgingCamera(device: string, random: Random, shape: SurgeShape): Source {
  const gapMs = (atMs: Millis): Millis => (1000 / surgeRate(shape, atMs)) * between(random, 0.8, 1.2);
  const channels = Array.from({ length: 8 }, (_, i) => `view-${i + 1}`);
  const bytes = (): number => between(random, 400, 900);
  return sourceOf({ device, channels, kind: "binary", random, bytes, gapMs }, between(random, 0, 200));
}

/**
 * The fleet that `npm start` runs: 42 devices, about 24 messages/s of small talk, and two cameras that surge in
 * turn. A camera at its top is more than one host of the default capacity carries under the threshold, the whole
 * fleet is less than two hosts'.
 */
export function defaultFleet(seed: number): Source[] {
  const chance = seededRandom(seed);
  const own = (): Random => seededRandom(Math.floor(chance.next() * 4_294_967_296));
  const many = (count: number, name: string, make: (device: string, random: Random) => Source): Source[] =>
    Array.from({ length: count }, (_, i) => make(`${name}-${i + 1}`, own()));
  const camera = (name: string, offsetMs: Millis): Source =>
    surgingCamera(name, own(), { ...defaultSurge, offsetMs });
  return [
    ...many(18, "sensor", periodicSensor),
    ...many(10, "door", eventSensor),
    ...many(5, "logger", burstyLogger),
    ...many(6, "meter", keepAlive),
    ...many(1, "vibration", streamer),
    camera("cam-1", 15_000),
    camera("cam-2", 35_000),
  ];
}

const defaultSurge: Omit<SurgeShape, "offsetMs"> = {
  basePerSec: 5,
  peakPerSec: 100,
  everyMs: 40_000,
  rampMs: 14_000,
  topMs: 8_000,
};
