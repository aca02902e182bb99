import type { Millis } from "../../ports.ts";
import type { Forecast } from "../forecaster.ts";
import { Carry, RECENT } from "./carry.ts";
import { DaySizes } from "./day-sizes.ts";
import { gaugeCells, SeasonGauge, type SeasonInUse } from "./season-gauge.ts";
import { type KeptTier, type StepKind, Tier } from "./tier.ts";
import { TRIAL_CELLS, Trial } from "./trial.ts";

/** What is forecast: messages, and their bytes. */
export type Channel = 0 | 1;
const CHANNELS: readonly Channel[] = [0, 1];

/** A session's coarse history as it is kept in a store. */
export interface KeptTiers {
  readonly tiers: readonly KeptTier[];
  /** Mean sizes by the time of the day, as codes. */
  readonly sizes: Uint8Array;
  /** How the seasons did so far. */
  readonly gauges: Float32Array;
}

interface Resolution {
  readonly binMs: Millis;
  readonly bins: number;
  /** Bins; the shortest first. */
  readonly seasons: readonly number[];
}

const MINUTE_MS: Millis = 60_000;
/** Beside the fine steps: 8 hours, and two weeks; with the bin that is judged by them and the one before it. */
const RESOLUTIONS: readonly Resolution[] = [
  { binMs: MINUTE_MS, bins: 482, seasons: [60] },
  { binMs: 15 * MINUTE_MS, bins: 1346, seasons: [96, 672] },
];
/** Steps that a bin must be longer than. */
const LEAST_STEPS = 2;
/** Of a channel: the recent mean and a trial. */
const CHANNEL_CELLS: number = 1 + TRIAL_CELLS;
/** Messages and bytes of the coarsest tier's open bin. */
const OPEN: number = CHANNELS.length * CHANNEL_CELLS;
const GAUGES: number = OPEN + CHANNELS.length;
/** Messages in a bin that are worth waking for. */
const LEAST_RISE = 1;
const NO_MODEL: Forecast["model"] = { name: "", skill: 0, trainedOn: 0, seasons: [] };
const ONE = (): number => 1;

/** What comes: messages expected per bin of the coarsest tier. */
export interface Outlook {
  readonly binMs: Millis;
  /** Start of the first bin. */
  readonly fromMs: Millis;
  /** Of each bin. */
  readonly sums: readonly number[];
}

export interface Ahead {
  readonly channel: Channel;
  /** Index of the forecast's first step. */
  readonly end: number;
  readonly isOffline: boolean;
}

/** A season of one of the tiers. */
interface Candidate {
  readonly tier: Tier;
  readonly inUse: SeasonInUse;
}

/**
 * A session's history beyond the last hour, coarser the older it is, and the seasons that it teaches. Of messages there
 * are counts, of bytes how large messages are at which time of the day.
 */
export class TieredHistory {
  readonly #stepMs: Millis;
  /** Steps of a trial: one more than the horizon, so that its windows drift over the bins. */
  readonly #window: number;
  readonly #tiers: readonly Tier[];
  readonly #sizes = new DaySizes();
  /** Each channel's, the open bin's, then each tier's gauge. */
  readonly #cells: Float32Array;

  /** `horizon`: steps that a fine forecast reaches ahead. */
  constructor(stepMs: Millis, horizon: number) {
    this.#stepMs = stepMs;
    this.#window = horizon + 1;
    const used = resolutionsFor(stepMs);
    this.#tiers = used.map(({ binMs, bins }) => new Tier({ stepMs, binMs, bins }));
    const gauges = used.reduce((sum, { seasons }) => sum + gaugeCells(seasons.length), 0);
    this.#cells = new Float32Array(GAUGES + gauges);
  }

  /** Takes a step later than all before it. */
  add(step: number, kind: StepKind, messages: number, bytes: number): void {
    this.#count(0, kind, messages);
    this.#count(1, kind, bytes);
    const last = this.#tiers.length - 1;
    for (let i = 0; i <= last; i++) {
      if (!this.#tiers[i]?.add(step, kind, messages)) continue;
      this.#gauge(i).judge();
      if (i === last) this.#closeSizes();
    }
    if (kind !== "seen") return;
    this.#cells[OPEN] = (this.#cells[OPEN] as number) + messages;
    this.#cells[OPEN + 1] = (this.#cells[OPEN + 1] as number) + bytes;
  }

  /** Steps without a message, from `from` up to before `to`; seasons are not judged by them. */
  fill(from: number, to: number, kind: StepKind): void {
    for (const channel of CHANNELS) {
      this.#trial(channel).stop();
      if (kind !== "unknown") this.#cells[channel * CHANNEL_CELLS] = 0;
    }
    for (const tier of this.#tiers) tier.fill(from, to, kind);
  }

  /** The fine forecast with what the seasons say of its later steps. */
  carried(fine: Forecast, ahead: Ahead): Forecast {
    const { channel } = ahead;
    const trial = this.#trial(channel);
    if (!trial.isRunning) this.#try(trial, fine, ahead);
    const found = this.#inUse(channel);
    return found ? this.#carry(fine, ahead, found).apply(fine) : fine;
  }

  /** The next `bins` whole bins of the coarsest tier; undefined where the steps are as coarse. */
  outlook(fine: Forecast, end: number, bins: number): Outlook | undefined {
    const index = this.#tiers.length - 1;
    const tier = this.#tiers[index];
    if (!tier) return undefined;
    const ahead = { channel: 0, end, isOffline: false } as const;
    const season = this.#trial(0).ratio(index) === undefined ? undefined : this.#candidate(index, 0);
    const carry = season && this.#carry(fine, ahead, season);
    const found = this.#inUse(0);
    const { median } = found ? this.#carry(fine, ahead, found).apply(fine) : fine;
    const level = fine.median.reduce((sum, value) => sum + value, 0) / fine.median.length;
    const { binMs } = tier.shape;
    const first = tier.binOf(end - 1) + 1;
    const sums = Array.from({ length: bins }, (_, i) => {
      const within = median.filter((__, k) => tier.binOf(end + k) === first + i);
      const beyond = Math.max(0, binMs / this.#stepMs - within.length);
      return within.reduce((sum, value) => sum + value, beyond * (carry?.perStep(first + i) ?? level));
    });
    return { binMs, fromMs: first * binMs, sums };
  }

  /**
   * Milliseconds, from the start of `step`, to the next bin in which a season expects messages of a device that is
   * silent now, up to a season ahead; undefined where it expects none.
   */
  nextRiseMs(step: number): Millis | undefined {
    const found = this.#inUse(0);
    if (!found) return undefined;
    const { tier, inUse } = found;
    const { binMs } = tier.shape;
    const silent: Forecast = { median: [0], lower: [0], upper: [0], level: 80, model: NO_MODEL };
    const carry = this.#carry(silent, { channel: 0, end: step, isOffline: true }, found);
    const here = tier.binOf(step - 1);
    for (let bin = here + 1; bin <= here + inUse.season; bin++)
      if ((carry.perStep(bin) * binMs) / this.#stepMs >= LEAST_RISE) return bin * binMs - step * this.#stepMs;
    return undefined;
  }

  get kept(): KeptTiers {
    // NaN: what a running trial was not told; it begins anew.
    const gauges = this.#cells.map((value) => (Number.isNaN(value) ? 0 : value));
    return { tiers: this.#tiers.map((tier) => tier.kept), sizes: this.#sizes.codes.slice(), gauges };
  }

  /** Takes what was kept, before any step of its own; of other resolutions nothing. */
  resume({ tiers, sizes, gauges }: KeptTiers): void {
    for (const tier of this.#tiers) {
      const kept = tiers.find(({ binMs }) => binMs === tier.shape.binMs);
      if (kept) tier.resume(kept);
    }
    if (sizes.length === this.#sizes.codes.length) this.#sizes.codes.set(sizes);
    if (gauges.length === this.#cells.length) this.#cells.set(gauges);
    for (const channel of CHANNELS) this.#trial(channel).stop();
  }

  #count(channel: Channel, kind: StepKind, value: number): void {
    if (kind === "unknown") {
      this.#trial(channel).stop();
      return;
    }
    // A device that is off sends nothing.
    const came = kind === "seen" ? value : 0;
    const at = channel * CHANNEL_CELLS;
    const recent = this.#cells[at] as number;
    this.#cells[at] = recent + RECENT * (came - recent);
    this.#trial(channel).add(came);
  }

  /** The coarsest tier closed a bin. */
  #closeSizes(): void {
    const tier = this.#tiers.at(-1);
    const [messages = 0, bytes = 0] = this.#cells.subarray(OPEN, GAUGES);
    if (tier && messages > 0) this.#sizes.add((tier.end - 1) * tier.shape.binMs, bytes / messages);
    this.#cells.fill(0, OPEN, GAUGES);
  }

  /** Begins a window: what is said of it with each tier's season, and without. */
  #try(trial: Trial, fine: Forecast, ahead: Ahead): void {
    if (fine.median.length + 1 !== this.#window) return;
    // The window is a step longer than the forecast: as the last step, so the one after it.
    const last = ({ median }: Forecast): number => median.at(-1) ?? Number.NaN;
    const said = this.#tiers.map((_, i) => {
      const candidate = this.#candidate(i, ahead.channel);
      return candidate ? last(this.#carry(fine, ahead, candidate).apply(fine)) : Number.NaN;
    });
    if (said.some((mean) => !Number.isNaN(mean))) trial.start(this.#window, last(fine), said);
  }

  #carry(fine: Forecast, ahead: Ahead, candidate: Candidate): Carry {
    const recent = this.#cells[ahead.channel * CHANNEL_CELLS] as number;
    const sizeAt = ahead.channel === 0 ? ONE : (atMs: Millis): number => this.#sizes.at(atMs);
    return new Carry(fine, { ...ahead, ...candidate, recent, sizeAt });
  }

  /** Views of cells are made when they are asked for: there are thousands of sessions. */
  #trial(channel: Channel): Trial {
    return new Trial(this.#cells, channel * CHANNEL_CELLS + 1);
  }

  #gauge(index: number): SeasonGauge {
    const used = resolutionsFor(this.#stepMs);
    let from = GAUGES;
    for (let i = 0; i < index; i++) from += gaugeCells(used[i]?.seasons.length ?? 0);
    const seasons = used[index]?.seasons ?? [];
    return new SeasonGauge(this.#tiers[index] as Tier, seasons, { cells: this.#cells, from });
  }

  /** A tier's best season; before one has proved itself, its shortest is tried. */
  #candidate(index: number, channel: Channel): Candidate | undefined {
    const tier = this.#tiers[index] as Tier;
    // Messages may come evenly whose sizes change by the time of the day.
    const inUse = channel === 0 ? this.#gauge(index).candidate : this.#gauge(index).likeliest;
    return inUse && { tier, inUse };
  }

  /** Of those seasons that make fine forecasts better, the one that does most. */
  #inUse(channel: Channel): Candidate | undefined {
    const trial = this.#trial(channel);
    let best: Candidate | undefined;
    for (let i = 0; i < this.#tiers.length; i++) {
      const ratio = trial.ratio(i);
      if (ratio === undefined || ratio >= (best?.inUse.ratio ?? 1)) continue;
      const candidate = this.#candidate(i, channel);
      if (candidate) best = { tier: candidate.tier, inUse: { ...candidate.inUse, ratio } };
    }
    return best;
  }
}

function resolutionsFor(stepMs: Millis): readonly Resolution[] {
  return RESOLUTIONS.filter(({ binMs }) => binMs >= LEAST_STEPS * stepMs);
}
