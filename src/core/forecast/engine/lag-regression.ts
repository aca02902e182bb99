import { LagEquations } from "./lag-equations.ts";
import { leastAbsoluteOf } from "./least-absolute.ts";
import { bounded, type Standard, standardOf } from "./standard.ts";

/** Autoregression: a value as a weighted sum of the ones before it. */
export interface LagModel {
  readonly standard: Standard;
  /** Intercept, then one per lag, nearest first; of standardised values. */
  readonly coefficients: Float64Array;
}

/** Points per lag at least. */
const POINTS_PER_LAG = 10;
/** Farther lags are shrunk more (Litterman 1986, the Minnesota prior); 1 is worth one observation. */
const ridge = (lag: number): number => 1 + lag / 10;

/** With `lags` lags at most. Undefined where there is too little to learn from, or nothing varies. */
export function fitLags(
  values: Float64Array,
  seen: Uint8Array,
  lags: number,
  start?: LagModel,
): LagModel | undefined {
  const order = Math.min(lags, Math.floor(values.length / POINTS_PER_LAG));
  const standard = standardOf(values);
  if (order < 1 || standard === undefined) return;
  const unit = values.map((value) => (value - standard.mean) / standard.scale);
  const rows = {
    targets: unit.subarray(order),
    seen: seen.subarray(order, values.length),
    penalties: Float64Array.from({ length: order + 1 }, (_, lag) => ridge(lag)),
  };
  return {
    standard,
    coefficients: leastAbsoluteOf(rows, new LagEquations(unit, order), start?.coefficients),
  };
}

/** Values that a prediction needs before it. */
export function lagsOf({ coefficients }: LagModel): number {
  return coefficients.length - 1;
}

/** Steps ahead, each from those before; `recent` ends with the newest known value. */
export function predictLags(model: LagModel, recent: Float64Array, h: number): Float64Array {
  const { standard, coefficients } = model;
  const order = lagsOf(model);
  const line = new Float64Array(order + h);
  for (let i = 0; i < order; i++) {
    const value = recent[recent.length - order + i] ?? standard.mean;
    line[i] = (value - standard.mean) / standard.scale;
  }
  const path = new Float64Array(h);
  for (let i = 0; i < h; i++) {
    let unit = coefficients[0] as number;
    for (let lag = 1; lag <= order; lag++)
      unit += (coefficients[lag] as number) * (line[order + i - lag] as number);
    path[i] = bounded(standard, standard.mean + standard.scale * unit);
    line[order + i] = ((path[i] as number) - standard.mean) / standard.scale;
  }
  return path;
}
