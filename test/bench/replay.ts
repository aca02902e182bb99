/**
 * `npm run bench:replay [-- --data ../shared/data --half choose|report --set NAME --devices --lstm SECONDS --json]`:
 * recorded messages through the profile and forecast nodes' own code on fake time, at several speeds and steps, as
 * `npm start -- --trace` does it on real time. Per trace the mean absolute error of the messages curve and of "it stays
 * as in the last step", both ÷ the mean change from one step to the next before the forecast (MASE), and the geometric
 * mean of their ratios. What comes after a device's last recorded message is not scored. `--half`: every other device;
 * "choose" is what the forecaster's constants were chosen by, "report" was not looked at for that. `--devices`: each
 * device by itself. `--lstm`: all again with the fleet's network, trained for so many seconds of CPU each time.
 */
import { type Figure, report } from "./harness.ts";
import { PromptNetwork, replayed } from "./replay-run.ts";
import { type Score, type Setup, sumOf } from "./replay-score.ts";
import { dataFolder, readTraces, type Trace } from "./traces.ts";

/** The first is the main job's; then what a gateway sees in its first minutes and hours, of slow and fast devices. */
const SETUPS: readonly Setup[] = [
  { speed: 600, stepMs: 1_000, horizon: 60, steps: 60 },
  { speed: 60, stepMs: 1_000, horizon: 60, steps: 300 },
  { speed: 600, stepMs: 1_000, horizon: 60, steps: 600 },
  { speed: 3_600, stepMs: 1_000, horizon: 60, steps: 600 },
  { speed: 1, stepMs: 10_000, horizon: 30, steps: 360 },
  { speed: 60, stepMs: 10_000, horizon: 30, steps: 720 },
  { speed: 600, stepMs: 10_000, horizon: 30, steps: 360 },
];

/** Value of `--name VALUE`; undefined: not given. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Sets, in order, with those of their devices that are asked for. */
function setsOf(traces: readonly Trace[]): Map<string, Trace[]> {
  const given = option("half");
  const half = given === undefined ? undefined : given === "choose" ? 0 : 1;
  const wanted = option("set");
  const sets = new Map<string, Trace[]>();
  for (const [i, trace] of traces.entries()) {
    if (half !== undefined && i % 2 !== half) continue;
    if (wanted !== undefined && trace.set !== wanted) continue;
    sets.set(trace.set, [...(sets.get(trace.set) ?? []), trace]);
  }
  return sets;
}

const geometric = (logs: readonly number[]): number =>
  Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);

function setFigures(name: string, { error, naiveError, scale, made }: Score): Figure[] {
  return [
    { name: `${name}: mase`, value: error / scale, unit: `(${made} profiles)` },
    { name: `${name}: naiveMase`, value: naiveError / scale, unit: "" },
  ];
}

function deviceFigures(name: string, scores: ReadonlyMap<string, Score>): Figure[] {
  return [...scores]
    .filter(([, { naiveError }]) => naiveError > 0)
    .map(([device, { error, naiveError, made }]) => ({
      name: `${name}, ${device}: mase / naiveMase`,
      value: error / naiveError,
      unit: `x (${made} profiles)`,
    }));
}

/** The network's part in a set: what it changed, and how much of the forecasts it was. */
function lstmFigures(name: string, plain: Score, devices: readonly Trace[], setup: Setup): Figure[] {
  const network = new PromptNetwork(Number(option("lstm")));
  const score = sumOf(replayed(devices, setup, network).values());
  const { asked, proven } = network;
  return [
    { name: `${name}: error with the LSTM / without`, value: score.error / plain.error, unit: "x" },
    { name: `${name}: mean weight of the LSTM`, value: score.lstm / score.made, unit: "" },
    { name: `${name}: beats seasonal naive`, value: proven, unit: `of ${asked} times asked` },
  ];
}

/** Of one setup; `logs`: of each set's ratio. */
function placeFigures(
  setup: Setup,
  sets: ReadonlyMap<string, readonly Trace[]>,
): { all: Figure[]; logs: number[] } {
  const all: Figure[] = [];
  const logs: number[] = [];
  const { speed, stepMs, steps } = setup;
  const place = `x${speed}, ${steps} steps of ${stepMs / 1000} s`;
  for (const [set, devices] of sets) {
    const scores = replayed(devices, setup);
    const score = sumOf(scores.values());
    if (!(score.scale > 0) || !(score.naiveError > 0)) continue;
    logs.push(Math.log(score.error / score.naiveError));
    const name = `${set} ${place}`;
    all.push(...setFigures(name, score));
    if (process.argv.includes("--devices")) all.push(...deviceFigures(name, scores));
    if (option("lstm") !== undefined) all.push(...lstmFigures(name, score, devices, setup));
  }
  all.push({ name: `${place}: mase / naiveMase, geometric mean`, value: geometric(logs), unit: "x" });
  return { all, logs };
}

function figures(traces: readonly Trace[]): Figure[] {
  const sets = setsOf(traces);
  const places = SETUPS.map((setup) => placeFigures(setup, sets));
  const value = geometric(places.flatMap(({ logs }) => logs));
  return [
    ...places.flatMap(({ all }) => all),
    { name: "all: mase / naiveMase, geometric mean", value, unit: "x", goal: 1, goalIs: "at-most" },
  ];
}

report(figures(readTraces(dataFolder() ?? "../shared/data")));
