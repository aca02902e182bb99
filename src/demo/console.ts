import type { Millis } from "../core/ports.ts";
import type { PlanEvent } from "../core/stitch/protocol.ts";
import type { CheckedProfile } from "./forecast-check.ts";

/** How far the console's forecast looks. */
const AHEAD_MS = 60_000;

/** How to read the line. */
export const LEGEND =
  "Per host: utilisation → its highest forecast within the next minute (1.00 = its capacity).";

/** Events that happen to every slot or follow from another one: counted elsewhere, not worth a line. */
const quiet: ReadonlySet<string> = new Set(["opened", "shifting"]);

const words: Readonly<Record<string, string>> = {
  mirrored: "stitched",
  warm: "warm",
  shifted: "shifted",
  "failed-over": "failed over",
  retired: "unstitched",
  "gave-up": "gave up",
};

export interface PlanCounts {
  /** Slots mirrored to a secondary. */
  readonly stitches: number;
  readonly shifts: number;
  readonly failovers: number;
  /** Longest time from the SIGKILL of a host until a slot of it had another owner, ms. Absent: that was not. */
  readonly failoverMs?: Millis;
}

interface DeviceView {
  /** A host has processed something of it: the pool knows its session. */
  hasResult: boolean;
  profile: CheckedProfile | undefined;
  /** Results per host since the last line, and in the interval before where this one had none. */
  readonly byHost: Map<string, number>;
}

/** What arrived on the plan topic, if it is a plan event. */
export function planEventOf(payload: string): PlanEvent | undefined {
  try {
    const event = JSON.parse(payload) as PlanEvent;
    const known = typeof event.kind === "string" && typeof event.sessionId === "string";
    return known && typeof event.slot === "number" ? event : undefined;
  } catch {
    return undefined;
  }
}

const decimals = (value: number): string => value.toFixed(2);

/** What a watcher of the run is told every few seconds. */
export class ConsoleView {
  readonly #hosts: readonly string[];
  readonly #capacityPerSec: number;
  readonly #devices = new Map<string, DeviceView>();
  readonly #gone = new Set<string>();
  #events: PlanEvent[] = [];
  #sent = 0;
  #results = new Map<string, number>();
  #counts = { stitches: 0, shifts: 0, failovers: 0 };
  readonly #killedAtMs = new Map<string, Millis>();
  #failoverMs: Millis | undefined;

  constructor(hosts: readonly string[], capacityPerSec: number) {
    this.#hosts = hosts;
    this.#capacityPerSec = capacityPerSec;
  }

  get counts(): PlanCounts {
    return { ...this.#counts, ...(this.#failoverMs !== undefined && { failoverMs: this.#failoverMs }) };
  }

  sent(device: string): void {
    this.#sent++;
    this.#device(device);
  }

  result(host: string, device: string): void {
    this.#results.set(host, (this.#results.get(host) ?? 0) + 1);
    const view = this.#device(device);
    const { byHost } = view;
    view.hasResult = true;
    byHost.set(host, (byHost.get(host) ?? 0) + 1);
  }

  profile(profile: CheckedProfile): void {
    this.#device(profile.sessionId).profile = profile;
  }

  /** The host's process has ended. */
  gone(host: string): void {
    this.#gone.add(host);
  }

  killed(host: string, nowMs: Millis): void {
    this.#killedAtMs.set(host, nowMs);
  }

  #failedOver({ from, atMs }: PlanEvent): void {
    this.#counts.failovers++;
    const killedAtMs = from === undefined ? undefined : this.#killedAtMs.get(from);
    if (killedAtMs !== undefined) this.#failoverMs = Math.max(this.#failoverMs ?? 0, atMs - killedAtMs);
  }

  plan(event: PlanEvent): void {
    if (event.kind === "mirrored") this.#counts.stitches++;
    if (event.kind === "shifted") this.#counts.shifts++;
    if (event.kind === "failed-over") this.#failedOver(event);
    if (!quiet.has(event.kind)) this.#events.push(event);
  }

  /** The line for the interval that ends now, and one per group of plan events in it; starts the next interval. */
  lines(sinceStartMs: Millis, nowMs: Millis, intervalMs: Millis): string[] {
    const seconds = intervalMs / 1000;
    const forecast = this.#forecast(nowMs);
    const hosts = this.#hosts.map((host) => {
      if (this.#gone.has(host)) return `${host} gone`;
      const used = (this.#results.get(host) ?? 0) / seconds / this.#capacityPerSec;
      const ahead = forecast === undefined ? "?" : decimals((forecast.get(host) ?? 0) / this.#capacityPerSec);
      return `${host} ${decimals(used)} → ${ahead}`;
    });
    const sessions = [...this.#devices.values()].filter(({ hasResult }) => hasResult).length;
    const rate = Math.round(this.#sent / seconds);
    const head = `${clock(sinceStartMs)}  devices ${this.#devices.size}, sessions ${sessions}, ${rate} msg/s`;
    const events = groups(this.#events);
    this.#startInterval();
    return [`${head} | ${hosts.join(" | ")}`, ...events];
  }

  #device(device: string): DeviceView {
    let view = this.#devices.get(device);
    if (!view) {
      view = { hasResult: false, profile: undefined, byHost: new Map() };
      this.#devices.set(device, view);
    }
    return view;
  }

  #startInterval(): void {
    this.#events = [];
    this.#sent = 0;
    this.#results = new Map();
    // Fades: where a session's messages went of late decides where its forecast is counted.
    for (const { byHost } of this.#devices.values()) {
      for (const [host, count] of byHost) {
        if (count < 0.01) byHost.delete(host);
        else byHost.set(host, count / 4);
      }
    }
  }

  /** Peak of each host's forecast load within the next minute, messages/s; undefined: nothing is forecast yet. */
  #forecast(nowMs: Millis): Map<string, number> | undefined {
    const stepMs = Math.max(...[...this.#devices.values()].map(({ profile }) => profile?.stepMs ?? 0), 0);
    if (stepMs === 0) return undefined;
    const peaks = new Map<string, number>();
    for (let atMs = nowMs; atMs < nowMs + AHEAD_MS; atMs += stepMs) {
      for (const [host, load] of this.#loadAt(atMs)) peaks.set(host, Math.max(peaks.get(host) ?? 0, load));
    }
    return peaks;
  }

  #loadAt(atMs: Millis): Map<string, number> {
    const load = new Map<string, number>();
    for (const { profile, byHost } of this.#devices.values()) {
      const step = profile ? Math.max(0, Math.floor((atMs - profile.atMs) / profile.stepMs)) : 0;
      const median = profile ? medianAt(profile, step) : 0;
      const total = [...byHost.values()].reduce((sum, count) => sum + count, 0);
      for (const [host, count] of byHost) {
        load.set(host, (load.get(host) ?? 0) + (median * count) / total);
      }
    }
    return load;
  }
}

/** Beyond the horizon the last step goes on: nothing says that the load ends there. */
function medianAt({ messages: { median } }: CheckedProfile, step: number): number {
  return median[Math.min(step, median.length - 1)] ?? 0;
}

function clock(sinceStartMs: Millis): string {
  const seconds = Math.floor(sinceStartMs / 1000);
  const padded = (value: number): string => String(value).padStart(2, "0");
  return `${padded(Math.floor(seconds / 60))}:${padded(seconds % 60)}`;
}

/** One line for the slots of a session that went the same way. */
function groups(events: readonly PlanEvent[]): string[] {
  const same = new Map<string, { readonly event: PlanEvent; slots: number }>();
  for (const event of events) {
    const name = JSON.stringify([event.kind, event.sessionId, event.from, event.to]);
    const group = same.get(name);
    if (group) group.slots++;
    else same.set(name, { event, slots: 1 });
  }
  return [...same.values()].map(({ event, slots }) => {
    const { kind, sessionId, from, to, reason } = event;
    const way = [from, to].filter((host) => host !== undefined).join(" → ");
    const many = slots === 1 ? "1 slot" : `${slots} slots`;
    return `       ${words[kind] ?? kind} ${sessionId}, ${many}${way ? `, ${way}` : ""}: ${reason}`;
  });
}
