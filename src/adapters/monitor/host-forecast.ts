import type { Curve, SessionProfile } from "../../core/forecast/session-profile.ts";
import type { Millis } from "../../core/ports.ts";
import type { Capacity, HostId } from "../../core/units.ts";
import type { Gateway, SessionView } from "../pool/gateway-pool.ts";
import type { SessionDirectory } from "../pool/session-directory.ts";
import { rounded } from "./rounded.ts";
import type { HostForecast } from "./views.ts";

/** Points into the future, and how far apart. */
const POINTS = 25;
export const FORECAST_STEP_MS: Millis = 5000;

type ProfileOf = (sessions: SessionDirectory, id: string) => SessionProfile | undefined;
const profileOf: ProfileOf = (sessions, id) => sessions.find(id)?.profile;

/**
 * Weight of each bound in the mean of a skewed value: Swanson's rule (Hurst, Brown & Swanson 2000) for 80 %, Pearson
 * & Tukey's (1965) for 90 %; for 95 % what a normal and an exponential value agree on. Medians of sparse counts are 0
 * and so is any sum of them.
 */
const BOUND_WEIGHT: Readonly<Record<Curve["level"], number>> = { 80: 0.3, 90: 0.185, 95: 0.13 };

function meanOf({ median, lower, upper, level }: Curve, i: number): number {
  const weight = BOUND_WEIGHT[level];
  const [middle = 0, low = 0, high = 0] = [median[i], lower[i], upper[i]];
  return middle + weight * (low - middle) + weight * (high - middle);
}

/** Sums of what a host's sessions are going to need, per limit: means, and squares of the spreads about medians. */
class Demand {
  readonly mean = new Float64Array(POINTS);
  readonly below = new Float64Array(POINTS);
  readonly above = new Float64Array(POINTS);

  /** Independent sessions rarely peak together: spreads add in quadrature. */
  add(curve: Curve, share: number, offset: number, perPoint: number): void {
    for (let point = 0; point < POINTS; point++) {
      const i = Math.min(curve.median.length - 1, Math.max(0, Math.floor(offset + point * perPoint)));
      const median = curve.median[i] as number;
      this.mean[point] = (this.mean[point] as number) + meanOf(curve, i) * share;
      this.below[point] =
        (this.below[point] as number) + ((median - (curve.lower[i] as number)) * share) ** 2;
      this.above[point] =
        (this.above[point] as number) + (((curve.upper[i] as number) - median) * share) ** 2;
    }
  }

  hold(rate: number): void {
    for (let point = 0; point < POINTS; point++) this.mean[point] = (this.mean[point] as number) + rate;
  }

  at(point: number, side: -1 | 0 | 1): number {
    const mean = this.mean[point] as number;
    if (side === 0) return mean;
    const spread = Math.sqrt((side < 0 ? this.below : this.above)[point] as number);
    return Math.max(0, mean + side * spread);
  }
}

interface HostDemands {
  readonly messages: Demand;
  readonly bytes: Demand;
}

/** Where each host's utilisation goes if nothing is moved: forecasts that may be trusted, else what is measured stays. */
export function hostForecasts(gateway: Gateway, sessions: SessionDirectory, nowMs: Millis): HostForecast[] {
  const demands = new Map<HostId, HostDemands>();
  for (const { host } of gateway.hosts()) demands.set(host, { messages: new Demand(), bytes: new Demand() });
  for (const session of gateway.sessions())
    addSession(demands, session, profileOf(sessions, session.id), nowMs);
  return gateway.hosts().flatMap(({ host, capacity }) => {
    const demand = demands.get(host);
    if (!demand) return [];
    const line = (side: -1 | 0 | 1): number[] =>
      Array.from({ length: POINTS }, (_, point) => rounded(utilisationAt(demand, capacity, point, side)));
    return [{ host, median: line(0), lower: line(-1), upper: line(1) }];
  });
}

function utilisationAt(demand: HostDemands, capacity: Capacity, point: number, side: -1 | 0 | 1): number {
  const { messagesPerSec = 0, bytesPerSec = 0 } = capacity;
  const byMessages = messagesPerSec > 0 ? demand.messages.at(point, side) / messagesPerSec : 0;
  const byBytes = bytesPerSec > 0 ? demand.bytes.at(point, side) / bytesPerSec : 0;
  return Math.max(byMessages, byBytes);
}

function addSession(
  demands: ReadonlyMap<HostId, HostDemands>,
  session: SessionView,
  profile: SessionProfile | undefined,
  nowMs: Millis,
): void {
  const isTrusted = profile !== undefined && profile.model.skill > 0 && profile.horizon > 0;
  const rate = isTrusted ? undefined : session.rate(nowMs);
  for (const host in session.shares) {
    const demand = demands.get(host);
    const share = session.shares[host] ?? 0;
    if (!demand) continue;
    if (rate) {
      demand.messages.hold(rate.messagesPerSec * share);
      demand.bytes.hold(rate.bytesPerSec * share);
    } else if (profile) {
      const { atMs, stepMs, messages, bytes } = profile;
      const offset = (nowMs - atMs) / stepMs;
      demand.messages.add(messages, share, offset, FORECAST_STEP_MS / stepMs);
      demand.bytes.add(bytes, share, offset, FORECAST_STEP_MS / stepMs);
    }
  }
}
