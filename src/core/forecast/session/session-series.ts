import type { Millis } from "../../ports.ts";
import type { SessionId } from "../../units.ts";
import type { Forecast, ForecastOptions, Level } from "../forecaster.ts";
import type { StepKind } from "../history/tier.ts";
import { type KeptTiers, type Outlook, TieredHistory } from "../history/tiered-history.ts";
import type { MakeForecaster, SeriesForecaster, Sources } from "../online/series-forecaster.ts";
import { type KeptHistory, MOST_SKIPPED, rejoined } from "./kept-history.ts";
import { SteadySize } from "./steady-size.ts";

export interface SessionSeriesOptions extends Sources {
  readonly id: SessionId;
  readonly stepMs: Millis;
  readonly horizon: number;
  readonly level: Level;
  readonly make: MakeForecaster;
}

/** Both of a session's forecasts. */
export interface Forecasts {
  readonly messages: Forecast;
  readonly bytes: Forecast;
}

/** Steps between what was kept and what came since. */
export interface Absence {
  /** Index of the first step in which the gateway listened. */
  readonly since: number;
  /** What silence means from then on. */
  readonly kind: StepKind;
}

/** What is forecast of a session: messages and bytes, step by step, and its coarse history. */
export class SessionSeries {
  readonly #options: SessionSeriesOptions;
  #tiers: TieredHistory;
  messages: SeriesForecaster;
  #size = new SteadySize();
  /** Only of messages whose sizes differ. */
  #bytes: SeriesForecaster | undefined;

  constructor(options: SessionSeriesOptions) {
    this.#options = options;
    this.messages = this.#make("messages");
    this.#tiers = new TieredHistory(options.stepMs, options.horizon);
  }

  #make(what: "messages" | "bytes"): SeriesForecaster {
    const { id, stepMs, level, horizon, paths, fits, network, make } = this.#options;
    const series = `${id}\0${what}`;
    return make({ series, nonNegative: true, stepMs, level, horizon, paths, fits, network });
  }

  /** A step's count and sum, later than all before it; what isn't seen is missing. */
  observe(step: number, kind: StepKind, messages: number, bytes: number): void {
    const isSeen = kind === "seen";
    if (isSeen) this.#size.add(messages, bytes);
    if (!this.#bytes && !this.#size.isSteady) this.#bytes = this.#bytesSoFar();
    this.messages.observe(isSeen ? messages : Number.NaN);
    this.#bytes?.observe(isSeen ? bytes : Number.NaN);
    this.#tiers.add(step, kind, messages, bytes);
  }

  /** Steps without a message, from `from` up to before `to`. */
  skip(from: number, to: number, kind: StepKind): void {
    const none = kind === "seen" ? 0 : Number.NaN;
    for (let i = 0; i < Math.min(MOST_SKIPPED, to - from); i++) {
      this.messages.observe(none);
      this.#bytes?.observe(none);
    }
    this.#tiers.fill(from, to, kind);
  }

  /** Messages expected of each step, of a size each. */
  offer(name: string, counts: readonly number[], meanBytes: number): void {
    this.messages.offer(name, counts);
    this.#bytes?.offer(
      name,
      counts.map((count) => count * meanBytes),
    );
  }

  predict(options: ForecastOptions): Forecasts {
    const messages = this.messages.predict(options);
    return { messages, bytes: this.#bytes?.predict(options) ?? this.#size.scaled(messages) };
  }

  /** What the seasons of the coarse history say of the steps from `end` on. */
  carried({ messages, bytes }: Forecasts, end: number, isOffline: boolean): Forecasts {
    return {
      messages: this.#tiers.carried(messages, { channel: 0, end, isOffline }),
      bytes: this.#tiers.carried(bytes, { channel: 1, end, isOffline }),
    };
  }

  /** Milliseconds to the next time that a season expects more of it than now. */
  nextRiseMs(end: number): Millis | undefined {
    return this.#tiers.nextRiseMs(end);
  }

  /** Messages of the next `bins` bins of the coarsest history. */
  outlook(fine: Forecast, end: number, bins: number): Outlook | undefined {
    return this.#tiers.outlook(fine, end, bins);
  }

  rest(): void {
    this.messages.rest();
    this.#bytes?.rest();
  }

  history(): readonly [messages: Float64Array, bytes: Float64Array] {
    const messages = this.messages.history();
    return [messages, this.#bytes?.history() ?? this.#scaled(messages)];
  }

  #scaled(messages: Float64Array): Float64Array {
    return messages.map((count) => count * this.#size.mean);
  }

  /** Sizes begin to differ: a series of bytes, as if it had been there before. */
  #bytesSoFar(): SeriesForecaster {
    const bytes = this.#make("bytes");
    bytes.resume(this.#scaled(this.messages.history()));
    return bytes;
  }

  get coarse(): KeptTiers {
    return this.#tiers.kept;
  }

  /** Learns all anew: what was kept, then what came since; `end`: index of the step after the latest. */
  resume({ end: keptEnd, series, coarse }: KeptHistory, end: number, absence: Absence): void {
    const [messages, bytes] = series;
    if (!messages || !bytes) return;
    const own = this.history();
    this.rest();
    this.messages = this.#make("messages");
    const counts = rejoined(messages, keptEnd, own[0], end);
    const sums = rejoined(bytes, keptEnd, own[1], end);
    this.messages.resume(counts);
    this.#size = new SteadySize();
    for (let i = 0; i < counts.length; i++) this.#size.add(counts[i] as number, sums[i] as number);
    this.#bytes = this.#size.isSteady ? undefined : this.#make("bytes");
    this.#bytes?.resume(sums);
    this.#tiers = new TieredHistory(this.#options.stepMs, this.#options.horizon);
    if (coarse) this.#tiers.resume(coarse);
    else this.#count(messages, bytes, keptEnd - messages.length, 0);
    const begin = Math.max(keptEnd, end - own[0].length);
    const listened = Math.min(begin, Math.max(keptEnd, absence.since));
    this.#tiers.fill(keptEnd, listened, "unknown");
    this.#tiers.fill(listened, begin, absence.kind);
    this.#count(...own, end - own[0].length, keptEnd);
  }

  /** Puts fine steps into the tiers, those from `from` on. */
  #count(messages: Float64Array, bytes: Float64Array, first: number, from: number): void {
    for (let i = Math.max(0, from - first); i < messages.length; i++) {
      const [count, sum] = [messages[i] as number, bytes[i] as number];
      this.#tiers.add(first + i, Number.isNaN(count + sum) ? "unknown" : "seen", count, sum);
    }
  }
}
