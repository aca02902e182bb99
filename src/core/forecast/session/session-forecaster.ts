import type { Millis } from "../../ports.ts";
import type { DeviceProfile } from "../../profile/device-profile.ts";
import type { SessionSummary } from "../../profile/session-facts.ts";
import type { Forecast } from "../forecaster.ts";
import type { StepKind } from "../history/tier.ts";
import type { Outlook } from "../history/tiered-history.ts";
import { soleMember } from "../member-weights.ts";
import type { Curve, SessionProfile } from "../session-profile.ts";
import { allocate, type HostRoom } from "./allocation.ts";
import { qosOf } from "./inferred-qos.ts";
import type { KeptHistory } from "./kept-history.ts";
import type { PeerRates } from "./peer-rates.ts";
import { blended, priorOf } from "./prior.ts";
import { rhythmOf } from "./rhythm.ts";
import { type Forecasts, SessionSeries, type SessionSeriesOptions } from "./session-series.ts";
import { type Bin, StepBins } from "./step-bins.ts";

export interface SessionForecasterOptions extends SessionSeriesOptions {
  /** What sessions of the same device profile carry; this one adds to it. */
  readonly peers?: PeerRates;
}

/** What the profile node knows of the session. */
export interface SessionKnowledge {
  readonly summary?: SessionSummary;
  readonly deviceProfile?: DeviceProfile;
}

/** Periods of silence after which a periodic device counts as offline rather than silent. */
const OUTAGE_PERIODS = 4;
/** Mean gaps after which one without a period does: of random gaps one in 3,000 is longer. */
const OUTAGE_GAPS = 8;
/** A size beyond this is no message's; it must not poison the arithmetic. */
const MOST_BYTES = 1e12;
/** Share of the newest message in the mean size. */
const NEWEST = 0.05;
/** Steps of silence, in horizons, after which nothing more is forecast until the session speaks again. */
const REST_HORIZONS = 2;

/** One session's throughput: its history in steps, and what follows from it. */
export class SessionForecaster {
  readonly #options: SessionForecasterOptions;
  readonly #bins: StepBins;
  readonly #series: SessionSeries;
  #lastAtMs: Millis;
  /** End of the latest step with a message, of those that were closed. */
  #busyUntilMs: Millis;
  #meanBytes = 0;
  #carriedBytes = 0;
  /** The first step began before the session did: its count says little. */
  #isFirst = true;
  #isResting = false;
  /** When a season expects something of a resting session: it is looked at again. */
  #wakeAtMs: Millis = Number.POSITIVE_INFINITY;
  /** Steps passed unseen because it rested, not because nobody listened. */
  #hasRested = false;
  /** Index of the step after the latest that was closed. */
  #next: number;
  #isPeriodic = false;

  constructor(options: SessionForecasterOptions, nowMs: Millis) {
    this.#options = options;
    this.#bins = new StepBins(options.stepMs, nowMs);
    this.#series = new SessionSeries(options);
    this.#lastAtMs = nowMs;
    this.#busyUntilMs = nowMs;
    this.#next = this.#bins.end;
  }

  /** One message. */
  add(size: number, nowMs: Millis): void {
    const bytes = Math.min(size, MOST_BYTES);
    this.#bins.add(bytes, nowMs);
    this.#lastAtMs = nowMs;
    this.#meanBytes += (this.#meanBytes === 0 ? 1 : NEWEST) * (bytes - this.#meanBytes);
    this.#isResting = false;
  }

  /** Closes the steps that have passed; a new profile where there is something new to say. */
  step(nowMs: Millis, known: SessionKnowledge, room: HostRoom): SessionProfile | undefined {
    if (this.#isResting && nowMs < this.#wakeAtMs) return undefined;
    const { stepMs, horizon } = this.#options;
    const periodMs = periodOf(known);
    const closed = this.#bins.drain(nowMs, (bin) => this.#close(bin, periodMs, known));
    if (closed === 0) return undefined;
    const atMs = Math.floor(nowMs / stepMs) * stepMs;
    const silentMs = atMs - this.#lastAtMs;
    const isSilent = silentMs > Math.max(REST_HORIZONS * horizon * stepMs, OUTAGE_PERIODS * periodMs);
    this.#isResting = isSilent && !this.#isAwaited(atMs);
    if (this.#isResting) {
      this.rest();
      return this.#compose(atMs, known, room, silence(this.#options));
    }
    if (periodMs > 0) this.#offerRhythm(atMs, periodMs);
    const isOffline = silentMs > Math.max(stepMs, longestGap(known));
    return this.#compose(atMs, known, room, this.#forecasts(known, silentMs, isOffline));
  }

  /** Messages of the next day's quarters of an hour; undefined where the steps are as coarse, or nothing is known. */
  outlook(bins = 96): Outlook | undefined {
    const { horizon: h, level } = this.#options;
    if (this.#series.messages.trainedOn === 0) return undefined;
    const fine = this.#series.messages.predict({ h, level, nonNegative: true });
    return this.#series.outlook(fine, this.#bins.end, bins);
  }

  /** It is silent, or let go. */
  rest(): void {
    this.#hasRested = true;
    this.#series.rest();
  }

  /** What to keep of it while it is not in memory. */
  get kept(): KeptHistory {
    return {
      stepMs: this.#options.stepMs,
      end: this.#bins.end,
      series: this.#series.history(),
      coarse: this.#series.coarse,
      isPeriodic: this.#isPeriodic,
    };
  }

  /** Goes on from what was kept; what it has seen itself since comes after it. `sinceMs`: the gateway listens since. */
  resume(kept: KeptHistory, sinceMs: Millis = Number.POSITIVE_INFINITY): void {
    const { stepMs } = this.#options;
    if (kept.stepMs !== stepMs) return;
    const kind = kept.isPeriodic === true ? "offline" : "seen";
    this.#series.resume(kept, this.#bins.end, { since: Math.ceil(sinceMs / stepMs), kind });
  }

  /** Whether a season expects more of it within the horizon than now; else when to look again. */
  #isAwaited(atMs: Millis): boolean {
    const { stepMs, horizon } = this.#options;
    const riseMs = this.#series.nextRiseMs(this.#next);
    this.#wakeAtMs = riseMs === undefined ? Number.POSITIVE_INFINITY : atMs + riseMs - horizon * stepMs;
    return this.#wakeAtMs <= atMs;
  }

  #close({ index, count, sum }: Bin, periodMs: Millis, known: SessionKnowledge): void {
    const endMs = (index + 1) * this.#options.stepMs;
    if (count > 0) this.#busyUntilMs = endMs;
    const isOutage = periodMs > 0 && endMs - this.#busyUntilMs > OUTAGE_PERIODS * periodMs;
    const silence = periodMs > 0 ? "offline" : "seen";
    if (index > this.#next) this.#series.skip(this.#next, index, this.#hasRested ? silence : "unknown");
    const kind: StepKind = this.#isFirst ? "unknown" : isOutage ? "offline" : "seen";
    this.#series.observe(index, kind, count, sum);
    if (kind === "seen") this.#options.peers?.observe(groupOf(known), count, sum);
    this.#next = index + 1;
    this.#hasRested = false;
    this.#isPeriodic = periodMs > 0;
    this.#carriedBytes = sum;
    this.#isFirst = false;
  }

  #offerRhythm(fromMs: Millis, periodMs: Millis): void {
    const { stepMs, horizon } = this.#options;
    const counts = rhythmOf({ lastAtMs: this.#lastAtMs, periodMs, fromMs, stepMs, steps: horizon });
    this.#series.offer("rhythm", counts, this.#meanBytes);
  }

  #forecasts(known: SessionKnowledge, silentMs: Millis, isOffline: boolean): Said | undefined {
    const { stepMs, horizon: h, level } = this.#options;
    const { summary, deviceProfile } = known;
    const peers = this.#options.peers?.of(groupOf(known));
    const prior = priorOf({ summary, declared: deviceProfile, peers, stepMs, silentMs });
    if (!prior && this.#series.messages.trainedOn === 0) return undefined;
    const messagesPerStep = ((prior?.messagesPerSec ?? 0) * stepMs) / 1000;
    const bytesPerStep = ((prior?.bytesPerSec ?? 0) * stepMs) / 1000;
    const { messages, bytes } = this.#series.predict({ h, level, nonNegative: true });
    const both = {
      messages: blended({ forecast: messages, prior, perStep: messagesPerStep, messagesPerStep }),
      bytes: blended({ forecast: bytes, prior, perStep: bytesPerStep, messagesPerStep }),
    };
    const fine = isOffline ? { messages: offline(both.messages), bytes: offline(both.bytes) } : both;
    return { ...this.#series.carried(fine, this.#next, isOffline), isOffline };
  }

  #compose(
    atMs: Millis,
    known: SessionKnowledge,
    room: HostRoom,
    forecasts: Said | undefined,
  ): SessionProfile | undefined {
    if (!forecasts) return undefined;
    const { id, stepMs, horizon } = this.#options;
    const { summary, deviceProfile } = known;
    const bytes = perSecond(forecasts.bytes, stepMs);
    const messages = perSecond(forecasts.messages, stepMs);
    const pattern = summary?.pattern ?? deviceProfile?.rhythm.pattern ?? "unknown";
    const periodMs = periodOf(known);
    const { name, trainedOn, members, seasons } = forecasts.messages.model;
    // The more doubtful of the two: what is trusted is trusted with both.
    const skill = Math.min(forecasts.messages.model.skill, forecasts.bytes.model.skill);
    const isUpper = skill > 0 || forecasts.isOffline;
    const carriedBps = (this.#carriedBytes * 1000) / stepMs;
    return {
      sessionId: id,
      atMs,
      stepMs,
      horizon,
      bytes,
      messages,
      pattern,
      ...(periodMs > 0 ? { periodMs } : undefined),
      dataTypes: summary?.dataTypes ?? {},
      qos: qosOf(pattern, deviceProfile),
      allocation: allocate({ atMs, stepMs, bytes, messages, isUpper, carriedBps, room }),
      model: {
        name,
        skill,
        trainedOn,
        ...(members && { members }),
        ...(seasons.length > 0 && { seasonsMs: seasons.map((steps) => steps * stepMs) }),
      },
    };
  }
}

const OFFLINE = soleMember("offline");

/** Those without a device profile are peers of each other. */
function groupOf({ deviceProfile }: SessionKnowledge): string {
  return deviceProfile?.name ?? "";
}

interface Said extends Forecasts {
  readonly isOffline: boolean;
}

/** Measured, else declared; 0: none. */
function periodOf({ summary, deviceProfile }: SessionKnowledge): Millis {
  const periodMs = summary?.periodMs ?? deviceProfile?.rhythm.periodMs ?? 0;
  return periodMs > 0 && Number.isFinite(periodMs) ? periodMs : 0;
}

/** Silence that is longer than this device's: it is off, most likely. Infinity: nothing is known of its gaps. */
function longestGap(known: SessionKnowledge): Millis {
  const periodMs = periodOf(known);
  if (periodMs > 0) return OUTAGE_PERIODS * periodMs;
  const { messages = 0, interArrival } = known.summary ?? {};
  const meanMs = messages >= 2 ? (interArrival?.meanMs ?? 0) : 0;
  return meanMs > 0 && Number.isFinite(meanMs) ? OUTAGE_GAPS * meanMs : Number.POSITIVE_INFINITY;
}

function perSecond({ median, lower, upper, level }: Forecast, stepMs: Millis): Curve {
  const rate = (points: readonly number[]): number[] => points.map((point) => (point * 1000) / stepMs);
  return { median: rate(median), lower: rate(lower), upper: rate(upper), level };
}

/** A device that is off most likely stays off; if it comes back, it is as it was. */
function offline(forecast: Forecast): Forecast {
  const none = forecast.median.map(() => 0);
  return {
    ...forecast,
    median: none,
    lower: none,
    model: { ...forecast.model, name: "offline", members: OFFLINE, seasons: [] },
  };
}

/** Nothing is expected of a session that has been silent for so long. */
function silence({ horizon, level }: SessionForecasterOptions): Said {
  const none = Array.from({ length: horizon }, () => 0);
  const model = { name: "silent", skill: 0, trainedOn: 0, seasons: [] };
  const forecast: Forecast = { median: none, lower: none, upper: none, level, model };
  return { messages: forecast, bytes: forecast, isOffline: false };
}
