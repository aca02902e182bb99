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
  for (let k = 0; k < profiles.length; k++) {
    const profile = profiles[k] as Float64Array;
    sum += profile[step % profile.length] as number;
  }
  return sum;
}

/** What the seasons leave of steps `from..to`, on the model's scale. */
function restOf({ scale, profiles }: DecompositionModel, past: Past, from: number, to: number): Float64Array {
  const rest = new Float64Array(to - from);
  for (let i = from; i < to; i++)
    rest[i - from] = toLog(scale, past.values[i] as number) - seasonalAt(profiles, past.offset + i);
  return rest;
}

/** `recent` ends with the rest of the step before `origin`. */
function pathFrom(
  { scale, profiles, rest }: DecompositionModel,
  recent: Float64Array,
  step: number,
  h: number,
): Float64Array {
  const path = predictLags(rest, recent, h);
  for (let i = 0; i < h; i++) path[i] = fromLog(scale, (path[i] as number) + seasonalAt(profiles, step + i));
  return path;
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

  path(model, past, origin, h) {
    const from = Math.max(0, origin - lagsOf(model.rest));
    return pathFrom(model, restOf(model, past, from, origin), past.offset + origin, h);
  },

  paths(model, past, origins, h) {
    const lags = lagsOf(model.rest);
    const first = Math.max(0, (origins[0] ?? 0) - lags);
    const rest = restOf(model, past, first, origins.at(-1) ?? first);
    return origins.map((origin) => {
      const recent = rest.subarray(Math.max(0, origin - lags - first), origin - first);
      return pathFrom(model, recent, past.offset + origin, h);
    });
  },
};
