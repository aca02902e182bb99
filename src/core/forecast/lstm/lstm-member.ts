import type { LstmForecaster } from "./lstm-forecaster.ts";
import type { SeriesView } from "./series-view.ts";

/** A past with missing values bridged, and marked by a 0 in `seen`. */
interface MarkedPast {
  readonly values: Float64Array;
  readonly seen: Uint8Array;
}

/** The network as a member of the ensemble: what is fitted per series is only how it is looked at. */
export interface LstmMember {
  readonly name: "lstm";
  readonly mustBeatSeasonalNaive: true;
  /** Undefined where there is too little to look at. */
  fit(past: MarkedPast, length: number): SeriesView | undefined;
  path(view: SeriesView, past: MarkedPast, origin: number, h: number): Float64Array;
  paths(view: SeriesView, past: MarkedPast, origins: readonly number[], h: number): Float64Array[];
}

/** Values seen without which the naive forecast is as good as any. */
const LEAST_SEEN = 12;

export function lstmMember(forecaster: LstmForecaster): LstmMember {
  const member: LstmMember = {
    name: "lstm",
    mustBeatSeasonalNaive: true,
    fit(past, length) {
      const known = unbridged(past, length);
      let seen = 0;
      for (const value of known) if (!Number.isNaN(value)) seen++;
      return seen < LEAST_SEEN ? undefined : forecaster.view(known);
    },
    path: (view, past, origin, h) => forecaster.path(view, unbridged(past, origin), origin, h),
    paths(view, past, origins, h) {
      const known = unbridged(past, past.values.length);
      return forecaster.paths(view, known, origins, h);
    },
  };
  return member;
}

/** The network knows of missing values: a bridge would be taken for calm. */
function unbridged({ values, seen }: MarkedPast, length: number): Float64Array {
  const known = values.slice(0, length);
  for (let i = 0; i < length; i++) if (!seen[i]) known[i] = Number.NaN;
  return known;
}
