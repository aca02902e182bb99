import type { Past } from "../past.ts";

/** What a member is told of a series besides its past. */
export interface Setting {
  /** Seasons to consider, in steps, shortest first. */
  readonly seasons: readonly number[];
  /** Steps ahead that will be asked for. */
  readonly h: number;
}

/**
 * One way to forecast. A model is plain data; all else comes from the past, so an update costs nothing but the
 * past's own push, and a rolling backtest is the same call as the forecast.
 */
export interface Member<Model = unknown> {
  /** For people, in `Forecast.model.name`. */
  readonly name: string;
  /** Counts for nothing until it errs less than seasonal naive in the backtest: what it learnt of others may not hold here. */
  readonly mustBeatSeasonalNaive?: boolean;
  /** Its fit depends on the setting's seasons. */
  readonly heedsSeasons?: boolean;
  /** Learns from the first `length` values; undefined: nothing for this series. `start`: a model of an earlier fit. */
  fit(past: Past, length: number, setting: Setting, start?: Model): Model | undefined;
  /** Medians of steps `origin`, `origin + 1`…, knowing the values before `origin` only. */
  path(model: Model, past: Past, origin: number, h: number): Float64Array;
  /** The same from many origins, ascending, where that is cheaper than one by one. */
  paths?(model: Model, past: Past, origins: readonly number[], h: number): Float64Array[];
}

/** Members by the name under which a fit keeps their models. */
export type MemberTable = Readonly<Record<string, Member>>;
