import type { Forecast, ForecastOptions } from "../forecaster.ts";
import type { MakeForecaster, SeriesForecaster, SeriesSpec } from "../online/make-forecaster.ts";
import { type KeptHistory, rejoined } from "./kept-history.ts";

/** What is forecast of a session: messages and bytes, step by step. */
export class SessionSeries {
  readonly #make: () => { readonly messages: SeriesForecaster; readonly bytes: SeriesForecaster };
  messages: SeriesForecaster;
  bytes: SeriesForecaster;

  /** `spec.series` names the session. */
  constructor(spec: SeriesSpec, make: MakeForecaster) {
    const { series } = spec;
    this.#make = () => ({
      messages: make({ ...spec, series: `${series}\0messages` }),
      bytes: make({ ...spec, series: `${series}\0bytes` }),
    });
    const { messages, bytes } = this.#make();
    this.messages = messages;
    this.bytes = bytes;
  }

  /** A step's count and sum; NaN = missing. */
  observe(messages: number, bytes: number): void {
    this.messages.observe(messages);
    this.bytes.observe(bytes);
  }

  /** Messages expected of each step, of a size each. */
  offer(name: string, counts: readonly number[], meanBytes: number): void {
    this.messages.offer(name, counts);
    this.bytes.offer(
      name,
      counts.map((count) => count * meanBytes),
    );
  }

  predict(options: ForecastOptions): { readonly messages: Forecast; readonly bytes: Forecast } {
    return { messages: this.messages.predict(options), bytes: this.bytes.predict(options) };
  }

  rest(): void {
    this.messages.rest();
    this.bytes.rest();
  }

  history(): readonly Float64Array[] {
    return [this.messages.history(), this.bytes.history()];
  }

  /** Learns all anew: what was kept, then what came since; `end`: index of the step after the latest. */
  resume({ end: keptEnd, series: [messages, bytes] }: KeptHistory, end: number): void {
    if (!messages || !bytes) return;
    const [own, ownBytes] = [this.messages.history(), this.bytes.history()];
    this.rest();
    const fresh = this.#make();
    fresh.messages.resume(rejoined(messages, keptEnd, own, end));
    fresh.bytes.resume(rejoined(bytes, keptEnd, ownBytes, end));
    this.messages = fresh.messages;
    this.bytes = fresh.bytes;
  }
}
