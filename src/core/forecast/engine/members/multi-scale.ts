import { leastAbsolute } from "../least-absolute.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { bounded, type Standard, standardOf } from "../standard.ts";
import type { Member } from "./member.ts";

/**
 * The next steps from means of the last 1, 3, 9, 27 and 81 steps, and from the same phase of the last two cycles of
 * each season: traffic's long memory with few coefficients (heterogeneous autoregression: Corsi 2009). One
 * regression per horizon of interest, straight to it, so that errors don't add up step by step.
 */
export interface MultiScaleModel {
  readonly scale: LogScale;
  readonly standard: Standard;
  readonly seasons: readonly number[];
  /** One per horizon of HORIZONS, until the one asked for. */
  readonly coefficients: readonly Float64Array[];
}

const SPANS = [1, 3, 9, 27, 81];
/** Horizons with a regression of their own; between them predictions go straight, beyond them the last one serves. */
const HORIZONS = [1, 4, 12, 24];
/** Steps before the first row: means over fewer steps tell little. */
const WARM_UP = 20;

/** Predictors of the step `ahead` of `origin`, from sums of the values before each index. */
function fillRow(
  sums: Float64Array,
  seasons: readonly number[],
  origin: number,
  ahead: number,
  row: Float64Array,
  from: number,
): void {
  let at = from;
  row[at++] = 1;
  for (const span of SPANS) {
    const steps = Math.min(span, origin);
    row[at++] = ((sums[origin] as number) - (sums[origin - steps] as number)) / steps;
  }
  for (const season of seasons) {
    const last = origin + ahead - 1 - season * Math.ceil(ahead / season);
    for (const step of [last, last - season]) {
      const known = step >= 0 ? step : last;
      row[at++] = known >= 0 ? (sums[known + 1] as number) - (sums[known] as number) : 0;
    }
  }
}

/** Standardised logarithms. */
function unitsOf({ mean, scale }: Standard, logs: Float64Array): Float64Array {
  const units = new Float64Array(logs.length);
  for (let i = 0; i < logs.length; i++) units[i] = ((logs[i] as number) - mean) / scale;
  return units;
}

/** Sums of all values before each index. */
function sumsOf(units: Float64Array): Float64Array {
  const sums = new Float64Array(units.length + 1);
  for (let i = 0; i < units.length; i++) sums[i + 1] = (sums[i] as number) + (units[i] as number);
  return sums;
}

/** Predictors of all horizons alike: 1, and the means of the last steps of each origin from the first one on. */
function spanColumns(sums: Float64Array, first: number): Float64Array[] {
  const count = sums.length - 1 - first;
  const means = SPANS.map((span) => {
    const column = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const origin = first + k;
      const steps = Math.min(span, origin);
      column[k] = ((sums[origin] as number) - (sums[origin - steps] as number)) / steps;
    }
    return column;
  });
  return [new Float64Array(count).fill(1), ...means];
}

/** The same phase of the last two cycles of each season, as `fillRow` has it. */
function seasonColumns(
  units: Float64Array,
  seasons: readonly number[],
  firstTarget: number,
  ahead: number,
  count: number,
): Float64Array[] {
  return seasons.flatMap((season) => {
    const back = season * Math.ceil(ahead / season);
    const last = new Float64Array(count);
    const before = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const step = firstTarget + k - back;
      last[k] = step >= 0 ? (units[step] as number) : 0;
      before[k] = step >= season ? (units[step - season] as number) : (last[k] as number);
    }
    return [last, before];
  });
}

/** What the regressions of all horizons share. */
interface Learnt {
  readonly units: Float64Array;
  readonly seen: Uint8Array;
  readonly seasons: readonly number[];
  /** First origin. */
  readonly first: number;
  readonly spans: readonly Float64Array[];
}

function fitHorizon(
  { units, seen, seasons, first, spans }: Learnt,
  ahead: number,
  start?: Float64Array,
): Float64Array | undefined {
  const count = units.length - ahead - first + 1;
  const width = spans.length + 2 * seasons.length;
  if (count < 2 * width) return;
  const target = first + ahead - 1;
  const design = {
    columns: [
      ...spans.map((column) => column.subarray(0, count)),
      ...seasonColumns(units, seasons, target, ahead, count),
    ],
    targets: units.subarray(target),
    seen: seen.subarray(target, units.length),
    penalties: new Float64Array(width).fill(3),
  };
  return leastAbsolute(design, start);
}

/** Where `ahead` lies among the horizons: the two regressions around it and the second one's share. */
function between(ahead: number, count: number): [number, number, number] {
  let low = 0;
  while (low + 1 < count && (HORIZONS[low + 1] as number) <= ahead) low++;
  const high = Math.min(low + 1, count - 1);
  const from = HORIZONS[low] as number;
  return [low, high, high === low ? 0 : (ahead - from) / ((HORIZONS[high] as number) - from)];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function pathFrom(model: MultiScaleModel, sums: Float64Array, origin: number, h: number): Float64Array {
  const { scale, standard, seasons, coefficients } = model;
  const row = new Float64Array(1 + SPANS.length + 2 * seasons.length);
  const path = new Float64Array(h);
  for (let i = 0; i < h; i++) {
    fillRow(sums, seasons, origin, i + 1, row, 0);
    const [low, high, share] = between(i + 1, coefficients.length);
    const near = dot(coefficients[low] as Float64Array, row);
    const far = share === 0 ? near : dot(coefficients[high] as Float64Array, row);
    path[i] = fromLog(
      scale,
      bounded(standard, standard.mean + standard.scale * (near + share * (far - near))),
    );
  }
  return path;
}

function pastSums({ scale, standard }: MultiScaleModel, past: Past, length: number): Float64Array {
  return sumsOf(unitsOf(standard, logsOfPast(past, scale).subarray(0, length)));
}

export const multiScale: Member<MultiScaleModel> = {
  name: "multi-scale",
  heedsSeasons: true,

  fit(past, length, { seasons, h }, start) {
    const scale = start?.scale ?? scaleOfPast(past, length);
    const known = logsOfPast(past, scale).subarray(0, length);
    const standard = standardOf(known);
    if (standard === undefined) return;
    const usable = seasons.filter((season) => 2 * season <= length);
    const units = unitsOf(standard, known);
    const first = Math.min(WARM_UP, length >> 2);
    const spans = spanColumns(sumsOf(units), first);
    const learnt = { units, seen: past.seen, seasons: usable, first, spans };
    const coefficients: Float64Array[] = [];
    for (const [k, ahead] of HORIZONS.entries()) {
      if (k > 0 && (HORIZONS[k - 1] as number) >= h) break;
      const fitted = fitHorizon(learnt, ahead, start?.coefficients[k]);
      if (fitted === undefined) break;
      coefficients.push(fitted);
    }
    return coefficients.length > 0 ? { scale, standard, seasons: usable, coefficients } : undefined;
  },

  path: (model, past, origin, h) => pathFrom(model, pastSums(model, past, origin), origin, h),

  paths(model, past, origins, h) {
    const sums = pastSums(model, past, origins.at(-1) ?? 0);
    return origins.map((origin) => pathFrom(model, sums, origin, h));
  },
};
