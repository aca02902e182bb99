import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import type { Due, Source } from "../../../src/demo/devices.ts";
import { between, seededRandom } from "../../../src/demo/random.ts";
import { readTrace } from "../../../src/demo/trace.ts";
import { DURATION_MS, fleetOf, HOSTS, hostsFor, type Scenario } from "./scenario.ts";

/** One message of a recorded device. */
interface Recorded {
  /** Since the device's first message. */
  readonly atMs: number;
  /** What its order is kept within: topic, port. */
  readonly channel: string;
}

/** Messages of one recorded device, in order. */
interface Recording {
  readonly device: string;
  readonly messages: readonly Recorded[];
}

/** What a data set's recordings are made into. */
export interface TraceSet {
  readonly name: string;
  readonly recordings: readonly Recording[];
  /** Host speeds over time, each around 1. */
  readonly speeds: readonly (readonly number[])[];
}

export const LOADS = [0.45, 0.5, 0.55] as const;
/** Devices that a set is replicated into. */
const DEVICES = 36;
/** A stretch of a recording is played so fast that it brings about so many messages. */
const MESSAGES = 2400;
/** A recorded speed holds for so long. */
const SPEED_MS = 60_000;

async function recordings(files: readonly string[]): Promise<Recording[]> {
  const byDevice = new Map<string, Recorded[]>();
  for (const file of files)
    for await (const { device, ts, channel } of readTrace(file)) {
      const message = { atMs: ts * 1000, channel };
      const known = byDevice.get(device);
      if (known) known.push(message);
      else byDevice.set(device, [message]);
    }
  return [...byDevice].filter(([, all]) => all.length >= 300).map(([device, all]) => recorded(device, all));
}

function recorded(device: string, all: Recorded[]): Recording {
  all.sort((a, b) => a.atMs - b.atMs);
  const [{ atMs: first } = { atMs: 0 }] = all;
  return { device, messages: all.map(({ atMs, channel }) => ({ atMs: atMs - first, channel })) };
}

async function* columns(file: string): AsyncGenerator<Readonly<Record<string, string>>> {
  const plain = createReadStream(file).pipe(createGunzip());
  yield* plain.pipe(parse({ columns: true, bom: true })) as AsyncIterable<Record<string, string>>;
}

async function requests(file: string): Promise<Recording[]> {
  const all: Recorded[] = [];
  for await (const row of columns(file)) all.push({ atMs: Number(row["t_s"]) * 1000, channel: "request" });
  return [recorded("requests", all)];
}

async function speeds(file: string): Promise<number[][]> {
  const byHost = new Map<string, number[]>();
  for await (const { host = "", ops_per_s } of columns(file)) {
    const known = byHost.get(host) ?? [];
    byHost.set(host, known);
    known.push(Number(ops_per_s));
  }
  return [...byHost.values()].map((all) => {
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    return all.map((value) => value / mean);
  });
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".csv.gz")).map((name) => join(folder, name));
}

/** The sets in a data folder; those that aren't there are left out. */
export async function readSets(folder: string): Promise<TraceSet[]> {
  const [noise] = await filesOf(join(folder, "hosts"));
  const measured = noise ? await speeds(noise) : [];
  const sets: TraceSet[] = [];
  for (const name of ["messages", "packets", "requests"]) {
    const files = await filesOf(join(folder, name));
    const [file] = files;
    if (!file) continue;
    const made = name === "requests" ? await requests(file) : await recordings(files);
    sets.push({ name, recordings: made, speeds: measured });
  }
  return sets;
}

/** Devices that each play a stretch of some recording from somewhere on, faster than it was. */
export function replay({ name, recordings: all, speeds: measured }: TraceSet, seed: number): Scenario[] {
  const random = seededRandom(seed);
  const sources = Array.from({ length: DEVICES }, (_, i): Source => {
    const { device, messages } = all[i % all.length] as Recording;
    const share = between(random, 0.3, 1);
    const length = Math.min(messages.length - 1, Math.round(MESSAGES * share));
    const from = Math.floor(random.next() * (messages.length - length));
    return stretch(`${device}/${i}`, messages.slice(from, from + length));
  });
  const fleet = fleetOf(sources);
  const speed = Array.from({ length: HOSTS }, (_, i) => {
    const own = measured[(seed + i) % Math.max(1, measured.length)] ?? [1];
    return (atMs: number): number => own[Math.floor(atMs / SPEED_MS) % own.length] ?? 1;
  });
  return LOADS.map((load) => {
    const label = `${name} ${Math.round(100 * load)} %`;
    return { name: label, isRepeating: false, isRecorded: true, fleet, hosts: hostsFor(fleet, load, speed) };
  });
}

/** Played within the run's length, whatever length it had; the phase is where it was cut. */
function stretch(device: string, messages: readonly Recorded[]): Source {
  const first = messages[0]?.atMs ?? 0;
  const span = Math.max(1, (messages.at(-1)?.atMs ?? 0) - first);
  let at = 0;
  return {
    device,
    next(): Due | undefined {
      const message = messages[at++];
      if (!message) return undefined;
      const dueMs = ((message.atMs - first) / span) * (DURATION_MS - 1);
      return { dueMs, device, channel: message.channel, bytes: 100, kind: "json" };
    },
  };
}
