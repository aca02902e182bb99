import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { bounded, type Standard, standardOf } from "../standard.ts";
import type { Member } from "./member.ts";

/**
 * Theta (Assimakopoulos & Nikolopoulos 2000), which is exponential smoothing with half the slope of the straight line
 * through the series for a drift (Hyndman & Billah 2003), on the logarithmic scale.
 */
export interface ThetaModel {
  readonly scale: LogScale;
  readonly reach: Standard;
  readonly alpha: number;
  /** Per step. */
  readonly drift: number;
}

const ALPHAS: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1];

function slopeOf(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  let products = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    products += (i - middle) * (values[i] as number);
    squares += (i - middle) ** 2;
  }
  return squares > 0 ? products / squares : 0;
}

/** Sum of absolute errors one step ahead. */
function errorOf(values: Float64Array, alpha: number): number {
  let level = values[0] as number;
  let sum = 0;
  for (let i = 1; i < values.length; i++) {
    const error = (values[i] as number) - level;
    sum += Math.abs(error);
    level += alpha * error;
  }
  return sum;
}

function pathsFrom(
  { scale, reach, alpha, drift }: ThetaModel,
  past: Past,
  origins: readonly number[],
  h: number,
): Float64Array[] {
  const logs = logsOfPast(past, scale);
  let level = logs[0] ?? 0;
  let next = 1;
  return origins.map((origin) => {
    for (; next < origin; next++) level += alpha * ((logs[next] as number) - level);
    return Float64Array.from({ length: h }, (_, i) =>
      fromLog(scale, bounded(reach, level + drift * (i + 1 / alpha))),
    );
  });
}

export const theta: Member<ThetaModel> = {
  name: "theta",

  fit(past, length, _setting, start) {
    const scale = start?.scale ?? scaleOfPast(past, length);
    const logs = logsOfPast(past, scale).subarray(0, length);
    const reach = standardOf(logs);
    if (reach === undefined) return;
    const errors = ALPHAS.map((alpha) => errorOf(logs, alpha));
    const alpha = ALPHAS[errors.indexOf(Math.min(...errors))] ?? 1;
    return { scale, reach, alpha, drift: slopeOf(logs) / 2 };
  },

  path: (model, past, origin, h) => pathsFrom(model, past, [origin], h)[0] as Float64Array,
  paths: pathsFrom,
};
