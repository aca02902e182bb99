import type { Millis } from "../../core/ports.ts";
import type { HostId, SessionId } from "../../core/units.ts";
import type { Gateway } from "../pool/gateway-pool.ts";
import { RateHistory } from "./rate-history.ts";
import { rounded } from "./rounded.ts";
import type { HostSeries, SessionDetail } from "./views.ts";

const SPAN_MS = 900_000;
/** Hosts are few: finely. */
export const HOST_STEP_MS = 2000;
/** Sessions are many: coarsely. 90 samples of 8 bytes each, 7 MB for 10,000 sessions. */
export const SESSION_STEP_MS = 10_000;
const HOST_STEPS = SPAN_MS / HOST_STEP_MS;
const SESSION_STEPS = SPAN_MS / SESSION_STEP_MS;

/** The last 15 minutes of a pool's hosts and sessions. */
export class PoolHistory {
  readonly #hosts = new Map<HostId, RateHistory>();
  readonly #sessions = new Map<SessionId, RateHistory>();
  /** Latest steps that were sampled: what was not is not told yet, or whoever asked would never hear of it. */
  #hostStep = Number.NaN;
  #sessionStep = Number.NaN;

  /** Called at least every `HOST_STEP_MS`. */
  sample(gateway: Gateway, nowMs: Millis): void {
    const step = Math.floor(nowMs / HOST_STEP_MS);
    if (step !== this.#hostStep) this.#sampleHosts(gateway, step);
    const sessionStep = Math.floor(nowMs / SESSION_STEP_MS);
    if (sessionStep !== this.#sessionStep) this.#sampleSessions(gateway, sessionStep, nowMs);
  }

  #sampleHosts(gateway: Gateway, step: number): void {
    this.#hostStep = step;
    for (const { host, utilisation } of gateway.hosts()) {
      let history = this.#hosts.get(host);
      if (!history) {
        history = new RateHistory(HOST_STEPS, 1);
        this.#hosts.set(host, history);
      }
      history.add(step, utilisation);
    }
    for (const [host, { last }] of this.#hosts) if (last <= step - HOST_STEPS) this.#hosts.delete(host);
  }

  #sampleSessions(gateway: Gateway, step: number, nowMs: Millis): void {
    this.#sessionStep = step;
    for (const session of gateway.sessions()) {
      let history = this.#sessions.get(session.id);
      if (!history) {
        history = new RateHistory(SESSION_STEPS, 2);
        this.#sessions.set(session.id, history);
      }
      const { messagesPerSec, bytesPerSec } = session.rate(nowMs);
      history.add(step, messagesPerSec, bytesPerSec);
    }
    // A session that was closed may come back: its past is kept for a while, bounded by the pool's own sessions.
    for (const [id, { last }] of this.#sessions) if (last <= step - SESSION_STEPS) this.#sessions.delete(id);
  }

  /** After `sinceMs`. */
  hosts(sinceMs: Millis): { fromMs: Millis; stepMs: Millis; hosts: HostSeries[] } {
    const last = this.#hostStep;
    const first = Math.max(last - HOST_STEPS + 1, Math.floor(sinceMs / HOST_STEP_MS) + 1);
    const hosts = Array.from(this.#hosts, ([host, history]) => ({
      host,
      utilisation: valuesOf(history, first, last, 0),
    }));
    return { fromMs: first * HOST_STEP_MS, stepMs: HOST_STEP_MS, hosts };
  }

  session(id: SessionId): SessionDetail["history"] {
    const history = this.#sessions.get(id);
    const last = this.#sessionStep;
    const first = last - SESSION_STEPS + 1;
    const all = (index: number): (number | null)[] => (history ? valuesOf(history, first, last, index) : []);
    return { fromMs: first * SESSION_STEP_MS, stepMs: SESSION_STEP_MS, messages: all(0), bytes: all(1) };
  }
}

function valuesOf(history: RateHistory, first: number, last: number, index: number): (number | null)[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const value = history.at(first + i, index);
    return value === null ? null : rounded(value);
  });
}
