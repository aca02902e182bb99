import type { PoolSnapshot } from "../../src/adapters/monitor/views.ts";
import type { PlotData } from "./plot.ts";

const SPAN_MS = 900_000;

/** The hosts' past as it was polled: each answer brings only what is new. */
export class HostSeriesCache {
  #times: number[] = [];
  readonly #values = new Map<string, (number | null)[]>();

  /** Time of the latest value; 0: nothing yet. */
  get since(): number {
    return this.#times.at(-1) ?? 0;
  }

  add({ history, nowMs }: PoolSnapshot): void {
    const { fromMs, stepMs, hosts } = history;
    const length = hosts[0]?.utilisation.length ?? 0;
    // Of two answers that crossed, the later one brings again what the first one did.
    const known = this.since === 0 ? 0 : (this.since - fromMs) / stepMs + 1;
    const skipped = Math.max(0, Math.min(length, known));
    for (const { host } of hosts)
      if (!this.#values.has(host))
        this.#values.set(
          host,
          this.#times.map(() => null),
        );
    for (let i = skipped; i < length; i++) this.#times.push(fromMs + i * stepMs);
    for (const [host, values] of this.#values) {
      const found = hosts.find((series) => series.host === host)?.utilisation;
      for (let i = skipped; i < length; i++) values.push(found?.[i] ?? null);
    }
    const old = this.#times.findIndex((atMs) => atMs >= nowMs - SPAN_MS);
    if (old <= 0) return;
    this.#times.splice(0, old);
    for (const values of this.#values.values()) values.splice(0, old);
  }

  clear(): void {
    this.#times = [];
    this.#values.clear();
  }

  /** Past and forecast of one host, as a plot wants it. */
  plotData(host: string, { forecast }: PoolSnapshot): PlotData {
    const ahead = forecast.hosts.find((series) => series.host === host);
    const all = this.#values.get(host) ?? [];
    const young = Math.max(
      0,
      all.findIndex((value) => value !== null),
    );
    const past = this.#times.slice(young).map((atMs) => atMs / 1000);
    const times = ahead?.median.map((_, i) => (forecast.atMs + i * forecast.stepMs) / 1000) ?? [];
    // A forecast is some seconds old: what has come since is the past's.
    const come = times.filter((at) => at <= (past.at(-1) ?? 0)).length;
    const future = times.slice(come);
    const pad = (count: number): null[] => Array.from({ length: count }, () => null);
    return [
      [...past, ...future],
      [...all.slice(young), ...pad(future.length)],
      ...[ahead?.median, ahead?.lower, ahead?.upper].map((line = []) => [
        ...pad(past.length),
        ...line.slice(come),
      ]),
    ];
  }
}
