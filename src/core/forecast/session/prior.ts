import type { Millis } from "../../ports.ts";
import type { DeviceProfile } from "../../profile/device-profile.ts";
import type { SessionSummary } from "../../profile/session-facts.ts";
import type { Bps, PerSec, Share } from "../../units.ts";
import type { Forecast, Level } from "../forecaster.ts";
import { withMember } from "../member-weights.ts";
import type { PeerRate } from "./peer-rates.ts";

/** What is known of a session before its own history says more. */
export interface Prior {
  /** For people: where it comes from. */
  readonly name: string;
  readonly messagesPerSec: PerSec;
  readonly bytesPerSec: Bps;
  /** Standard deviation of a gap ÷ its mean. */
  readonly cv: number;
}

export interface PriorInput {
  readonly summary?: SessionSummary | undefined;
  readonly declared?: DeviceProfile | undefined;
  /** Of sessions of the same device profile. */
  readonly peers?: PeerRate | undefined;
  readonly stepMs: Millis;
  /** Since the latest message. */
  readonly silentMs: Millis;
}

/** Steps of history that weigh as much as the prior; it is out after six times as many. */
const PRIOR_STEPS = 5;
const LAST_STEP = 30;
/** Messages of a Poisson stream that weigh as much as what is declared or what peers do. */
const PRIOR_MESSAGES = 4;
/** A clock's own jitter, and a device may change. */
const LEAST_CV = 0.1;
/** Steps of peers that weigh as much as what is declared of them. */
const PEER_STEPS = 30;
/** Gaps that a silence is weighed against: it is a gap too, as far as it has come. */
const COUNTED_GAPS = 8;
/** Mean counts from which their median is as good as the mean. */
const MANY = 8;
/** Of a rhythm that nothing is said of: that of a Poisson stream. */
const UNKNOWN_CV = 1;
/** Two-sided normal quantiles. */
const Z: Readonly<Record<Level, number>> = { 80: 1.2816, 90: 1.6449, 95: 1.96 };

/**
 * The declared rhythm, going over to what sessions of the same profile carry as more is seen of them: they know better
 * than a library does. What was measured of this session takes over message by message. Undefined where there is none
 * of them.
 */
export function priorOf(input: PriorInput): Prior | undefined {
  const said = saidOf(input);
  const measured = measuredOf(input);
  if (!said || !measured) return said ?? measured;
  const { messages, interArrival } = input.summary as SessionSummary;
  return mixed(said.name, said, measured, messages / (messages + worthOf(interArrival.cv)));
}

/** Messages measured that what is said of it weighs as much as: the steadier the gaps, the sooner they are known. */
function worthOf(cv: number): number {
  return (
    PRIOR_MESSAGES * (cv >= 0 && Number.isFinite(cv) ? Math.max(LEAST_CV, Math.min(cv, UNKNOWN_CV)) ** 2 : 1)
  );
}

function saidOf(input: PriorInput): Prior | undefined {
  const declared = declaredOf(input);
  const peers = peersOf(input);
  if (!declared || !peers) return declared ?? peers;
  const { steps } = input.peers as PeerRate;
  return mixed(`${declared.name} + peers`, declared, peers, steps / (steps + PEER_STEPS));
}

/** `share`: of the other one. */
function mixed(name: string, one: Prior, other: Prior, share: Share): Prior {
  const mix = (of: (prior: Prior) => number): number => share * of(other) + (1 - share) * of(one);
  return {
    name,
    messagesPerSec: mix((prior) => prior.messagesPerSec),
    bytesPerSec: mix((prior) => prior.bytesPerSec),
    cv: mix((prior) => prior.cv),
  };
}

function declaredOf({ declared }: PriorInput): Prior | undefined {
  const { periodMs = 0, cv: gapCv = UNKNOWN_CV, burst = 1 } = declared?.rhythm ?? {};
  if (!declared || !(periodMs > 0)) return undefined;
  const messagesPerSec = (burst * 1000) / periodMs;
  // As many messages in bursts have their variance times the size of a burst: as of gaps that scatter by its root.
  const cv = burst > 1 ? Math.max(gapCv, 1) * Math.sqrt(burst) : gapCv;
  const bytesPerSec = messagesPerSec * declared.bytes;
  return sane({ name: `profile ${declared.name}`, messagesPerSec, bytesPerSec, cv });
}

function peersOf({ peers, stepMs, declared }: PriorInput): Prior | undefined {
  if (!peers) return undefined;
  return sane({
    name: declared ? `peers of ${declared.name}` : "peers",
    messagesPerSec: (peers.messages * 1000) / stepMs,
    bytesPerSec: (peers.bytes * 1000) / stepMs,
    cv: declared?.rhythm.cv ?? UNKNOWN_CV,
  });
}

/** The rate so far, falling as a silence goes on. */
function measuredOf({ summary, silentMs }: PriorInput): Prior | undefined {
  if (!summary || summary.messages < 2) return undefined;
  const { messagesPerSec, bytesPerSec, interArrival } = summary;
  const { meanMs, cv } = interArrival;
  const countedMs = Math.min(summary.messages - 1, COUNTED_GAPS) * meanMs;
  const since = countedMs > 0 ? countedMs / (countedMs + Math.max(0, silentMs - meanMs)) : 1;
  return sane({
    name: "measured rate",
    messagesPerSec: messagesPerSec * since,
    bytesPerSec: bytesPerSec * since,
    cv,
  });
}

/** Profiles and summaries may come from elsewhere: nothing that isn't finite gets into a forecast. */
function sane(prior: Prior): Prior | undefined {
  const { messagesPerSec, bytesPerSec, cv } = prior;
  const isUsable = [messagesPerSec, bytesPerSec].every((rate) => rate >= 0 && Number.isFinite(rate));
  if (!isUsable) return undefined;
  return cv >= 0 && Number.isFinite(cv) ? prior : { ...prior, cv: UNKNOWN_CV };
}

export interface Blend {
  readonly forecast: Forecast;
  readonly prior: Prior | undefined;
  /** What the prior says of one step, and how many messages that are. */
  readonly perStep: number;
  readonly messagesPerStep: number;
}

/** The forecast, drawn to the prior while its history is short. */
export function blended({ forecast, prior, perStep, messagesPerStep }: Blend): Forecast {
  const { trainedOn } = forecast.model;
  if (!prior || trainedOn >= LAST_STEP) return forecast;
  const own = trainedOn / (trainedOn + PRIOR_STEPS);
  // Number of renewals in a step: variance cv² × mean (Cox 1962, Renewal Theory, section 3.3).
  const relative = messagesPerStep > 0 ? prior.cv / Math.sqrt(messagesPerStep) : 0;
  const reach = Z[forecast.level] * relative * perStep;
  const median = messagesPerStep > 0 ? (perStep * medianCount(messagesPerStep)) / messagesPerStep : 0;
  const mix = (points: readonly number[], said: number): number[] =>
    points.map((point) => own * point + (1 - own) * said);
  return {
    ...forecast,
    median: mix(forecast.median, median),
    lower: mix(forecast.lower, Math.min(median, Math.max(0, perStep - reach))),
    upper: mix(forecast.upper, Math.max(median, perStep + reach)),
    model: {
      ...forecast.model,
      name: trainedOn === 0 ? prior.name : `${prior.name} + ${forecast.model.name}`,
      members: withMember(forecast.model.members ?? [], prior.name, 1 - own),
    },
  };
}

/** Median of a count with this mean: that of a Poisson count lies about a third below it (Choi 1994). */
function medianCount(mean: number): number {
  return mean >= MANY ? mean : Math.floor(mean + 1 / 3);
}
