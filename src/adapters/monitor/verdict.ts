import type { HostSnapshot, PoolSnapshot } from "./views.ts";

/** The one sentence that somebody who opens the sidebar wants: which host will saturate, and when. */
export interface Verdict {
  readonly level: "fine" | "warning" | "over";
  /** Of the text, below `verdict.`. */
  readonly key: "away" | "saturated" | "soon" | "later" | "maybe" | "fine" | "unknown";
  readonly host?: string;
  /** Utilisation now, or at its peak. */
  readonly load?: number;
  readonly inMs?: number;
}

/** Nobody reads of less. */
const LEAST_MS = 1000;

type Seen = Pick<PoolSnapshot, "hosts" | "threshold" | "leadTimeMs" | "forecast" | "nowMs">;

const isAway = ({ state }: HostSnapshot): boolean => state === "suspect" || state === "gone";
const isLimited = ({ capacity }: HostSnapshot): boolean => Object.keys(capacity).length > 0;

/** The worst host, by what is sure before what is expected, and by what is expected before what may be. */
export function verdictOf(seen: Seen): Verdict {
  const { hosts, threshold, leadTimeMs } = seen;
  const away = hosts.find(isAway);
  if (away) return { level: "over", key: "away", host: away.host };
  const limited = hosts.filter(isLimited);
  if (limited.length === 0) return { level: "fine", key: "unknown" };
  const now = highest(limited, ({ utilisation }) => utilisation);
  if (now && now.load > threshold) return { level: "over", key: "saturated", ...now };
  const soon = highest(limited, ({ predictedPeak = 0 }) => predictedPeak);
  if (soon && soon.load > threshold) return { level: "warning", key: "soon", ...soon, inMs: leadTimeMs };
  return (
    crossing(seen, "median", "later") ?? crossing(seen, "upper", "maybe") ?? { level: "fine", key: "fine" }
  );
}

function highest(hosts: readonly HostSnapshot[], load: (host: HostSnapshot) => number) {
  const [worst] = hosts.toSorted((a, b) => load(b) - load(a));
  return worst && { host: worst.host, load: load(worst) };
}

/** The host whose line is the first to cross the threshold. */
function crossing(
  { forecast, threshold, nowMs }: Seen,
  line: "median" | "upper",
  key: "later" | "maybe",
): Verdict | undefined {
  const { atMs, stepMs, hosts } = forecast;
  const [first] = hosts
    .map((host) => ({ host: host.host, at: firstAbove(host[line], threshold) }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at);
  if (!first) return undefined;
  const inMs = Math.max(LEAST_MS, atMs + first.at * stepMs - nowMs);
  return { level: key === "later" ? "warning" : "fine", key, host: first.host, inMs };
}

/** The first point ahead from which on the line is above: one point alone is a coarse forecast's edge. */
function firstAbove(line: readonly number[], threshold: number): number {
  return line.findIndex((load, i) => i > 0 && load > threshold && (line[i + 1] ?? load) > threshold);
}
