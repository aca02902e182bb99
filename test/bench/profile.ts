/**
 * Whether the online profile is right: each device of the recorded traces against its label by the whole trace (rule in
 * trace-labels.ts). `npm run bench:profile -- --data ../shared/data [--half choose|report] [--json]`: the halves are every
 * other device, one for choosing what the profile does, the other for reporting it.
 */
import type { Pattern } from "../../src/core/forecast/session-profile.ts";
import { SessionMeter } from "../../src/core/profile/session-meter.ts";
import { type Figure, median, opsPerSec, report } from "./harness.ts";
import { labelOf, standstills } from "./trace-labels.ts";
import { dataFolder, readTraces, type Trace } from "./traces.ts";

/** Messages after which a session's pattern must be right. */
const JUDGED_AFTER = 64;
/** A label that held for so many messages is stable. */
const HELD = 64;
/** Places of a trace, besides its start, at which a gateway may have met the device. */
const PLACES = 10;
const WINDOW_MS = 60_000;
const GOAL = 0.9;

type Half = "choose" | "report";
const halfOf = (index: number): Half => (index % 2 === 0 ? "choose" : "report");

interface Verdict {
  readonly device: string;
  readonly messages: number;
  readonly reference: Pattern;
  readonly online: Pattern;
  /** What the reference's rule itself says of the same messages: a device's first ones may not be what it is. */
  readonly byRule: Pattern | undefined;
  /** Looked at while the profile's limits were chosen; the others only report. */
  readonly half: Half;
  /** Share of the places at which it was right after as many messages. */
  readonly rightAtPlaces: number;
  /** Messages until the online pattern held; undefined: it never did. */
  readonly stableAfter: number | undefined;
}

/** The pattern after each of the messages from `from` on, up to `most` of them. */
function patternsOf({ times, bytes }: Trace, from: number, most: number): Pattern[] {
  const meter = new SessionMeter(WINDOW_MS, times[from] ?? 0);
  return times.slice(from, from + most).map((atMs, i) => {
    if (meter.observe(atMs, bytes[from + i] ?? 0, 0, 0)) meter.review(atMs);
    return meter.pattern;
  });
}

function stableAfter(patterns: readonly Pattern[]): number | undefined {
  let since = 0;
  for (let i = 0; i < patterns.length; i++) {
    if (patterns[i] !== patterns[since]) since = i;
    if (patterns[i] !== "unknown" && i - since >= HELD) return since + 1;
  }
  return undefined;
}

function judge(trace: Trace, still: readonly number[], half: Half): Verdict | undefined {
  const { times, set, device } = trace;
  const reference = labelOf(times, still);
  if (reference === undefined || times.length < JUDGED_AFTER) return undefined;
  let right = 0;
  for (let place = 0; place < PLACES; place++) {
    const from = Math.floor(((times.length - JUDGED_AFTER) * (place + 0.5)) / PLACES);
    if (patternsOf(trace, from, JUDGED_AFTER).at(-1) === reference) right++;
  }
  const patterns = patternsOf(trace, 0, times.length);
  return {
    device: `${set}/${device}`,
    messages: times.length,
    reference,
    online: patterns[JUDGED_AFTER - 1] ?? "unknown",
    byRule: labelOf(times.slice(0, JUDGED_AFTER), still),
    half,
    rightAtPlaces: right / PLACES,
    stableAfter: stableAfter(patterns),
  };
}

/** Reference → online → devices. */
function confusionOf(verdicts: readonly Verdict[]): Record<string, Record<string, number>> {
  const confusion: Record<string, Record<string, number>> = {};
  for (const { reference, online } of verdicts) {
    const row = confusion[reference] ?? {};
    confusion[reference] = row;
    row[online] = (row[online] ?? 0) + 1;
  }
  return confusion;
}

function nsPerMessage(traces: readonly Trace[]): number {
  const ops = traces.reduce((sum, { times }) => sum + times.length, 0);
  const run = (): void => {
    for (const trace of traces) {
      const meter = new SessionMeter(WINDOW_MS, trace.times[0] ?? 0);
      for (let i = 0; i < trace.times.length; i++) {
        const atMs = trace.times[i] as number;
        if (meter.observe(atMs, trace.bytes[i] as number, 0, 0)) meter.review(atMs);
      }
    }
  };
  return 1e9 / opsPerSec({ name: "", ops, run }).value;
}

const p95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1] ?? Number.NaN;

/** Shares of the devices that were right after their first messages. */
function rightShare(verdicts: readonly Verdict[], of: (verdict: Verdict) => Pattern | undefined): number {
  return verdicts.filter((verdict) => of(verdict) === verdict.reference).length / verdicts.length;
}

function figuresOf(verdicts: readonly Verdict[], traces: readonly Trace[]): Figure[] {
  const share = (part: number): number => part / verdicts.length;
  const stable = verdicts.map((verdict) => verdict.stableAfter ?? verdict.messages);
  return [
    { name: "devices judged", value: verdicts.length, unit: "devices" },
    { name: "devices too short to be told", value: traces.length - verdicts.length, unit: "devices" },
    {
      name: `right after ${JUDGED_AFTER} messages`,
      value: rightShare(verdicts, ({ online }) => online),
      unit: "of devices",
      goal: GOAL,
      goalIs: "at-least",
    },
    ...(["choose", "report"] as const).map((half) => ({
      name: `right after ${JUDGED_AFTER} messages, of the half to ${half} by`,
      value: rightShare(
        verdicts.filter((verdict) => verdict.half === half),
        ({ online }) => online,
      ),
      unit: "of devices",
    })),
    {
      name: `right after ${JUDGED_AFTER} messages, the reference's own rule`,
      value: rightShare(verdicts, ({ byRule }) => byRule),
      unit: "of devices",
    },
    {
      name: `right ${JUDGED_AFTER} messages after ${PLACES} places of each trace`,
      value: share(verdicts.reduce((sum, { rightAtPlaces }) => sum + rightAtPlaces, 0)),
      unit: "of places",
    },
    { name: "messages until stable, median", value: median(stable), unit: "messages" },
    { name: "messages until stable, p95", value: p95(stable), unit: "messages" },
    { name: "observing and reviewing", value: nsPerMessage(traces), unit: "ns/message" },
  ];
}

const folder = dataFolder();
if (folder === undefined) throw new Error("say where the traces are: --data ../shared/data");
const all = readTraces(folder);
const sets = new Set(all.map(({ set }) => set));
const stillOf = new Map(
  Array.from(sets, (name) => {
    const ofSet = all.filter(({ set }) => set === name);
    return [name, standstills(ofSet.map(({ times }) => times))] as const;
  }),
);
const judged = all.map((trace, i) => ({ trace, half: halfOf(i) }));
const asked =
  process.argv.indexOf("--half") < 0 ? undefined : process.argv[process.argv.indexOf("--half") + 1];
const chosen = judged.filter(({ half }) => asked === undefined || asked === half);
const verdicts = chosen
  .map(({ trace, half }) => judge(trace, stillOf.get(trace.set) ?? [], half))
  .filter((verdict) => verdict !== undefined);
const traces = chosen.map(({ trace }) => trace);
report(figuresOf(verdicts, traces), { confusion: confusionOf(verdicts), devices: verdicts });
