import type { DeviceProfile } from "../../profile/device-profile.ts";
import type { SessionSummary } from "../../profile/session-facts.ts";
import type { Bps, PerSec } from "../../units.ts";
import type { Forecast, Level } from "../forecaster.ts";
import { withMember } from "../member-weights.ts";

/** What is known of a session before its own history says more. */
export interface Prior {
  /** For people: where it comes from. */
  readonly name: string;
  readonly messagesPerSec: PerSec;
  readonly bytesPerSec: Bps;
  /** Standard deviation of a gap ÷ its mean. */
  readonly cv: number;
}

/** Steps of history that weigh as much as the prior; it is out after six times as many. */
const PRIOR_STEPS = 5;
const LAST_STEP = 30;
/** Of a rhythm that nothing is said of: that of a Poisson stream. */
const UNKNOWN_CV = 1;
/** Two-sided normal quantiles. */
const Z: Readonly<Record<Level, number>> = { 80: 1.2816, 90: 1.6449, 95: 1.96 };

/** The declared rhythm, else what was measured so far; undefined where there is neither. */
export function priorOf(
  summary: SessionSummary | undefined,
  declared: DeviceProfile | undefined,
): Prior | undefined {
  const { periodMs = 0, cv = UNKNOWN_CV } = declared?.rhythm ?? {};
  if (declared && periodMs > 0) {
    const messagesPerSec = 1000 / periodMs;
    const bytesPerSec = messagesPerSec * declared.bytes;
    return sane({ name: `profile ${declared.name}`, messagesPerSec, bytesPerSec, cv });
  }
  if (!summary || summary.messages < 2) return undefined;
  const { messagesPerSec, bytesPerSec, interArrival } = summary;
  return sane({ name: "measured rate", messagesPerSec, bytesPerSec, cv: interArrival.cv });
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
  const mix = (points: readonly number[], said: number): number[] =>
    points.map((point) => own * point + (1 - own) * said);
  return {
    ...forecast,
    median: mix(forecast.median, perStep),
    lower: mix(forecast.lower, Math.max(0, perStep - reach)),
    upper: mix(forecast.upper, perStep + reach),
    model: {
      ...forecast.model,
      name: trainedOn === 0 ? prior.name : `${prior.name} + ${forecast.model.name}`,
      members: withMember(forecast.model.members ?? [], prior.name, 1 - own),
    },
  };
}
