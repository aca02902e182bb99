import { leastAbsolute } from "../least-absolute.ts";
import { fromLog, type LogScale, logScaleOf, toLog } from "../log-scale.ts";
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

/** Sums of standardised values on the logarithmic scale, before each index. */
function sumsOf(scale: LogScale, standard: Standard, values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    sums[i + 1] = (sums[i] as number) + (toLog(scale, values[i] as number) - standard.mean) / standard.scale;
  }
  return sums;
}

function fitHorizon(
  sums: Float64Array,
  seen: Uint8Array,
  seasons: readonly number[],
  ahead: number,
  start?: Float64Array,
): Float64Array | undefined {
  const length = sums.length - 1;
  const first = Math.min(WARM_UP, length >> 2);
  const count = length - ahead - first + 1;
  const width = 1 + SPANS.length + 2 * seasons.length;
  if (count < 2 * width) return;
  const rows = new Float64Array(count * width);
  const targets = new Float64Array(count);
  const learnt = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    const target = first + k + ahead - 1;
    fillRow(sums, seasons, first + k, ahead, rows, k * width);
    targets[k] = (sums[target + 1] as number) - (sums[target] as number);
    learnt[k] = seen[target] as number;
  }
  return leastAbsolute(
    { rows, width, targets, seen: learnt, penalties: new Float64Array(width).fill(3) },
    start,
  );
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

export const multiScale: Member<MultiScaleModel> = {
  name: "multi-scale",
  heedsSeasons: true,

  fit({ values, seen }, length, { seasons, h }, start) {
    const known = values.subarray(0, length);
    const scale = start?.scale ?? logScaleOf(known);
    const standard = standardOf(known.map((value) => toLog(scale, value)));
    if (standard === undefined) return;
    const usable = seasons.filter((season) => 2 * season <= length);
    const sums = sumsOf(scale, standard, known);
    const coefficients: Float64Array[] = [];
    for (const [k, ahead] of HORIZONS.entries()) {
      if (k > 0 && (HORIZONS[k - 1] as number) >= h) break;
      const fitted = fitHorizon(sums, seen, usable, ahead, start?.coefficients[k]);
      if (fitted === undefined) break;
      coefficients.push(fitted);
    }
    return coefficients.length > 0 ? { scale, standard, seasons: usable, coefficients } : undefined;
  },

  path(model, { values }, origin, h) {
    return pathFrom(model, sumsOf(model.scale, model.standard, values.subarray(0, origin)), origin, h);
  },

  paths(model, { values }, origins, h) {
    const sums = sumsOf(model.scale, model.standard, values);
    return origins.map((origin) => pathFrom(model, sums, origin, h));
  },
};
