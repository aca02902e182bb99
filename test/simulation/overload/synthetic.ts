import type { Random } from "../../../src/core/ports.ts";
import {
  burstyLogger,
  eventSensor,
  keepAlive,
  periodicSensor,
  type Source,
  streamer,
} from "../../../src/demo/devices.ts";
import { between, exponential, seededRandom } from "../../../src/demo/random.ts";
import { DURATION_MS, fleetOf, hostsFor, type Scenario } from "./scenario.ts";

/** Mean utilisation that synthetic fleets put on their hosts. */
const LOAD = 0.55;
const CAMERAS = 20;
const EVERY_MS = 180_000;
const SHAPE = { basePerSec: 0.6, peakPerSec: 9, rampMs: 10_000, topMs: 40_000 };

/** Most devices have no key: their messages are in one order. */
const KEYS = 1;

type Rate = (atMs: number) => number;

/** A camera with any course of its rate: frames on eight channels, gaps jittered by a fifth. */
function camera(device: string, random: Random, rate: Rate): Source {
  let atMs = between(random, 0, 200);
  let turn = 0;
  return {
    device,
    next() {
      const due = { dueMs: atMs, device, channel: `view-${1 + (turn++ % KEYS)}`, bytes: 600, kind: "binary" };
      atMs += (1000 / rate(atMs)) * between(random, 0.8, 1.2);
      return due;
    },
  };
}

/** Rate of a camera that surges at these times. */
function surgesAt(starts: readonly number[]): Rate {
  const { basePerSec, peakPerSec, rampMs, topMs } = SHAPE;
  return (atMs) => {
    let height = 0;
    for (const start of starts) {
      const into = atMs - start;
      const fall = 1 - (into - rampMs - topMs) / (rampMs / 2);
      height = Math.max(height, Math.min(1, into / rampMs, fall));
    }
    return basePerSec + (peakPerSec - basePerSec) * height;
  };
}

/** Times a surge starts, one after the other by `gapMs`. */
function starts(firstMs: number, gapMs: (atMs: number) => number): number[] {
  const all: number[] = [];
  for (let atMs = firstMs; atMs < DURATION_MS; atMs += gapMs(atMs)) all.push(atMs);
  return all;
}

interface Makers {
  readonly own: () => Random;
  readonly many: (count: number, name: string, make: (device: string, random: Random) => Source) => Source[];
}

function makers(seed: number): Makers {
  const chance = seededRandom(seed);
  const own = (): Random => seededRandom(Math.floor(chance.next() * 4_294_967_296));
  return {
    own,
    many: (count, name, make) => Array.from({ length: count }, (_, i) => make(`${name}-${i + 1}`, own())),
  };
}

function smallTalk({ many }: Makers, share: number): Source[] {
  return [
    ...many(Math.round(12 * share), "sensor", periodicSensor),
    ...many(Math.round(8 * share), "door", eventSensor),
    ...many(Math.round(4 * share), "logger", burstyLogger),
    ...many(Math.round(4 * share), "meter", keepAlive),
    ...many(1, "vibration", streamer),
  ];
}

const periodicCameras = ({ many }: Makers, count: number): Source[] =>
  many(count, "cam", (device, random) =>
    camera(device, random, surgesAt(starts(between(random, 0, EVERY_MS), () => EVERY_MS))),
  );

const suddenCameras = ({ many }: Makers, count: number): Source[] =>
  many(count, "cam", (device, random) => {
    const gapMs = (): number => 90_000 + exponential(random, EVERY_MS - 90_000);
    return camera(device, random, surgesAt(starts(exponential(random, EVERY_MS), gapMs)));
  });

/** A season is there to be learnt, and then it is another: surges come at any time. */
const faithlessCameras = ({ many }: Makers, count: number): Source[] =>
  many(count, "cam", (device, random) => {
    const gapMs = (atMs: number): number =>
      atMs < DURATION_MS / 2 ? EVERY_MS : between(random, 0.5, 1.6) * EVERY_MS;
    return camera(device, random, surgesAt(starts(between(random, 0, EVERY_MS), gapMs)));
  });

/** Something happens, and a part of all devices tells of it at once. */
function stormyDevices({ own, many }: Makers): Source[] {
  const chance = own();
  const storms = starts(between(chance, 0, 200_000), () => between(chance, 120_000, 300_000));
  return many(24, "alarm", (device, random) => {
    const mine = storms.filter(() => random.next() < 0.5);
    const rate: Rate = (atMs) =>
      mine.some((start) => atMs >= start && atMs < start + 40_000) ? between(random, 3, 6) : 0.7;
    return camera(device, random, rate);
  });
}

type Make = (seed: number) => Scenario;

function scenario(name: string, isRepeating: boolean, sources: (makers: Makers) => Source[]): Make {
  return (seed) => {
    const fleet = fleetOf(sources(makers(seed)));
    return { name, isRepeating, fleet, hosts: hostsFor(fleet, LOAD) };
  };
}

const mixed = (it: Makers): Source[] => [...periodicCameras(it, CAMERAS), ...smallTalk(it, 1)];
const FAULT_MS = 1_000_000;

/** One host is half as fast as it says from a time on. */
const slowHost: Make = (seed) => {
  const made = scenario("slow host", true, mixed)(seed);
  const half = (atMs: number): number => (atMs < FAULT_MS ? 1 : 0.5);
  const hosts = made.hosts.map((spec, i) => (i === 1 ? { ...spec, speed: half } : spec));
  // Else the three and a half hosts left would be full.
  return { ...made, hosts: hosts.map((spec) => ({ ...spec, perSec: spec.perSec * 1.1 })) };
};

const crash: Make = (seed) => ({
  ...scenario("crash", true, mixed)(seed),
  crash: { host: "host-2", fromMs: FAULT_MS, untilMs: FAULT_MS + 60_000 },
});

export const synthetic: readonly Make[] = [
  scenario("mostly periodic", true, (it) => [...periodicCameras(it, CAMERAS + 1), ...smallTalk(it, 0.3)]),
  scenario("mixed", true, mixed),
  scenario("event-driven", false, (it) => [...suddenCameras(it, CAMERAS), ...smallTalk(it, 1)]),
  scenario("wrong season", false, (it) => [...faithlessCameras(it, CAMERAS), ...smallTalk(it, 1)]),
  scenario("storms", false, (it) => [...stormyDevices(it), ...smallTalk(it, 0.5)]),
  slowHost,
  crash,
];
