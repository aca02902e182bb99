import { leastAbsolute } from "../least-absolute.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { bounded, type Standard, standardOf } from "../standard.ts";
import type { Member } from "./member.ts";

/** Dynamic harmonic regression (Young et al. 1999): a few waves of each season, and the last values, on the logarithmic scale. */
export interface FourierModel {
  readonly scale: LogScale;
  readonly standard: Standard;
  readonly seasons: readonly number[];
  readonly coefficients: Float64Array;
}

const WAVES = 4;
const LAGS = 3;

/** Cosine and sine of each wave at a step. */
function wavesAt(seasons: readonly number[], step: number): number[] {
  return seasons.flatMap((season) =>
    Array.from(
      { length: Math.min(WAVES, season >> 1) },
      (_, k) => (2 * Math.PI * (k + 1) * step) / season,
    ).flatMap((angle) => [Math.cos(angle), Math.sin(angle)]),
  );
}

function dot(coefficients: Float64Array, row: readonly number[]): number {
  return row.reduce((sum, value, i) => sum + value * (coefficients[i] as number), 0);
}

export const fourier: Member<FourierModel> = {
  name: "fourier",
  heedsSeasons: true,

  fit(past: Past, length, { seasons }, start) {
    const usable = seasons.filter((season) => 2 * season <= length);
    const scale = start?.scale ?? scaleOfPast(past, length);
    const logs = logsOfPast(past, scale).subarray(0, length);
    const standard = standardOf(logs);
    const waves = wavesAt(usable, 0).length;
    if (standard === undefined || waves === 0 || length < 5 * (waves + LAGS)) return;
    const units = logs.map((value) => (value - standard.mean) / standard.scale);
    const count = length - LAGS;
    const columns = Array.from({ length: 1 + LAGS + waves }, () => new Float64Array(count));
    for (let t = 0; t < count; t++) {
      const row = [1, ...Array.from({ length: LAGS }, (_, i) => units[t + LAGS - 1 - i] as number)];
      row.push(...wavesAt(usable, past.offset + t + LAGS));
      for (const [j, value] of row.entries()) (columns[j] as Float64Array)[t] = value;
    }
    const coefficients = leastAbsolute(
      {
        columns,
        targets: units.subarray(LAGS),
        seen: past.seen.subarray(LAGS, length),
        penalties: new Float64Array(columns.length).fill(1),
      },
      start?.coefficients,
    );
    return { scale, standard, seasons: usable, coefficients };
  },

  path({ scale, standard, seasons, coefficients }, past, origin, h) {
    const logs = logsOfPast(past, scale);
    const recent = Array.from({ length: LAGS }, (_, i) => {
      const value = origin - 1 - i >= 0 ? (logs[origin - 1 - i] as number) : standard.mean;
      return (value - standard.mean) / standard.scale;
    });
    return Float64Array.from({ length: h }, (_, i) => {
      const unit = dot(coefficients, [1, ...recent, ...wavesAt(seasons, past.offset + origin + i)]);
      const value = bounded(standard, standard.mean + standard.scale * unit);
      recent.unshift((value - standard.mean) / standard.scale);
      recent.pop();
      return fromLog(scale, value);
    });
  },
};
