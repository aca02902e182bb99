import { systemClock } from "../adapters/clock.ts";
import type { Clock, Millis } from "../core/ports.ts";
import type { HostLoad } from "../core/record/host-load.ts";
import { hostLoadFromJson } from "../core/record/host-load-json.ts";
import type { Broker } from "./broker.ts";
import { Checker } from "./checker.ts";
import { ConsoleView, planEventOf } from "./console.ts";
import { PLAN_TOPIC, PROFILE_TOPIC } from "./flows.ts";
import { ForecastCheck, profileOf } from "./forecast-check.ts";
import { resultOf } from "./result.ts";

/** Everything that listens and counts in one run. */
export class Watch {
  readonly checker: Checker;
  readonly forecasts: ForecastCheck = new ForecastCheck();
  readonly view: ConsoleView;
  /** What each host has measured of itself, messages/s while busy. */
  readonly measuredPerSec: Map<string, number> = new Map();
  lastResultMs = 0;

  constructor(hosts: readonly string[], capacityPerSec: number) {
    this.checker = new Checker(hosts, capacityPerSec);
    this.view = new ConsoleView(hosts, capacityPerSec);
  }

  async listen(broker: Broker): Promise<void> {
    await broker.listen("results/#", (_topic, payload) => this.#result(payload.toString()));
    await broker.listen(PLAN_TOPIC, (_topic, payload) => {
      const event = planEventOf(payload.toString());
      if (event) this.view.plan(event);
    });
    await broker.listen(PROFILE_TOPIC, (_topic, payload) => {
      const profile = profileOf(payload.toString());
      if (!profile) return;
      this.forecasts.profile(profile, systemClock.now());
      this.view.profile(profile);
    });
  }

  /** The hosts' heartbeats. */
  listenToHosts(broker: Broker, pool: string): Promise<void> {
    return broker.listen(`stitch/${pool}/hosts/+`, (_topic, payload) => {
      const load = heartbeatOf(payload.toString());
      if (load?.serviceRatePerSec !== undefined) this.measuredPerSec.set(load.host, load.serviceRatePerSec);
    });
  }

  #result(payload: string): void {
    const result = resultOf(payload);
    if (!result) {
      this.checker.notAResult();
      return;
    }
    this.lastResultMs = systemClock.now();
    this.checker.result(result, this.lastResultMs);
    this.view.result(result.host, result.device);
  }
}

/** undefined: not a heartbeat, which the gateway says by itself. */
function heartbeatOf(payload: string): HostLoad | undefined {
  try {
    return hostLoadFromJson(payload);
  } catch {
    return undefined;
  }
}

/** The run has drained when all is accounted for, or nothing more came for so long. */
const QUIET_MS = 15_000;
/** A backlog may take longer than the quiet time as long as it shrinks, up to here. */
const DRAIN_MS = 120_000;
/** After Ctrl-C nobody wants to wait. */
const HASTY_MS = 5_000;
const LOOK_MS = 50;

export interface Drain {
  readonly stoppedMs: Millis;
  readonly nowMs: Millis;
  /** When the last output arrived; 0: none did. */
  readonly lastResultMs: Millis;
  readonly outstanding: number;
  readonly isHasty: boolean;
}

/** Whether waiting any longer is of no use. */
export function isDrained({ stoppedMs, nowMs, lastResultMs, outstanding, isHasty }: Drain): boolean {
  const waitedMs = nowMs - stoppedMs;
  const quietMs = nowMs - Math.max(stoppedMs, lastResultMs);
  return outstanding <= 0 || quietMs >= QUIET_MS || waitedMs >= (isHasty ? HASTY_MS : DRAIN_MS);
}

/** Waits until every message is accounted for, as long as there is something to wait for. */
export function drain(
  watch: Pick<Watch, "checker" | "lastResultMs">,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const stoppedMs = clock.now();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const { lastResultMs, checker } = watch;
      const { outstanding } = checker;
      if (!isDrained({ stoppedMs, nowMs: clock.now(), lastResultMs, outstanding, isHasty: signal.aborted }))
        return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
}
