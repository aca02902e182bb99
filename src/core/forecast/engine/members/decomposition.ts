import { fitLags, type LagModel, lagsOf, predictLags } from "../lag-regression.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast, toLog } from "../log-scale.ts";
import type { Past } from "../past.ts";
import { profileOf } from "../season-profile.ts";
import type { Member } from "./member.ts";

/**
 * Several seasons taken out one after the other, shortest first (as MSTL does: Bandara, Hyndman & Bergmeir 2021),
 * each by the median of its phase, and the rest forecast by autoregression. On a logarithmic scale, so that seasons
 * multiply.
 */
export interface DecompositionModel {
  readonly scale: LogScale;
  readonly profiles: readonly Float64Array[];
  readonly rest: LagModel;
}

/** Lags of the rest: the short rhythms of machines are inside, and 1,000 points determine them. */
const ORDER = 24;

function seasonalAt(profiles: readonly Float64Array[], step: number): number {
  let sum = 0;
  for (const profile of profiles) sum += profile[step % profile.length] as number;
  return sum;
}

export const decomposition: Member<DecompositionModel> = {
  name: "decomposition",
  heedsSeasons: true,

  fit(past: Past, length, { seasons }, start) {
    const { seen, offset } = past;
    const usable = seasons.filter((season) => 2 * season <= length);
    const scale = start?.scale ?? scaleOfPast(past, length);
    const rest = logsOfPast(past, scale).slice(0, length);
    const profiles: Float64Array[] = [];
    for (const season of usable) {
      const { shape, trust } = profileOf(rest, seen, season, offset);
      const profile = shape.map((value) => trust * value);
      for (let i = 0; i < length; i++)
        rest[i] = (rest[i] as number) - (profile[(offset + i) % season] as number);
      profiles.push(profile);
    }
    const model = fitLags(rest, seen, ORDER, start?.rest);
    return model && { scale, profiles, rest: model };
  },

  path({ scale, profiles, rest }, { values, offset }, origin, h) {
    const from = Math.max(0, origin - lagsOf(rest));
    const recent = values
      .subarray(from, origin)
      .map((value, i) => toLog(scale, value) - seasonalAt(profiles, offset + from + i));
    return predictLags(rest, recent, h).map((value, i) =>
      fromLog(scale, value + seasonalAt(profiles, offset + origin + i)),
    );
  },
};
