import {
  Counter,
  Gauge,
  Histogram,
  type MetricValueWithName,
  Registry,
  type RegistryContentType,
} from "prom-client";
import type { Pattern } from "../../core/forecast/session-profile.ts";
import type { HostView } from "../../core/route/host-view.ts";
import { LATENCY_BOUNDS_MS, type LatencyMeter } from "../../core/route/latency-meter.ts";
import type { Gateway } from "../pool/gateway-pool.ts";
import type { PoolMonitor } from "./pool-monitor.ts";

const PREFIX = "session_stitching_";
const LATENCY = `${PREFIX}host_latency_seconds`;
const LATENCY_HELP = "From taking a message over to its commit; the oldest message of each acknowledgement";
const PATTERNS: readonly Pattern[] = [
  "periodic",
  "event-driven",
  "bursty",
  "streaming",
  "keep-alive",
  "unknown",
];

type HostReading = (view: HostView) => number | undefined;
/** Base units and names by Prometheus' conventions; one series per pool and host. */
const HOST_GAUGES: Readonly<Record<string, readonly [help: string, read: HostReading]>> = {
  host_up: ["1: the host takes sessions", ({ state }) => (state === "up" || state === "declared" ? 1 : 0)],
  host_draining: ["1: the host is being emptied", ({ state }) => (state === "draining" ? 1 : 0)],
  host_utilisation_ratio: ["Load over capacity now", ({ utilisation }) => utilisation],
  host_predicted_peak_ratio: [
    "Predicted peak of the utilisation over the lead time",
    ({ predictedPeak }) => predictedPeak,
  ],
  host_messages_per_second: ["Messages sent to the host", ({ load }) => load.messagesPerSec],
  host_bytes_per_second: ["Bytes sent to the host", ({ load }) => load.bytesPerSec],
  host_capacity_messages_per_second: [
    "Messages that the host can carry, measured where it has been",
    ({ capacity }) => capacity.messagesPerSec,
  ],
  host_capacity_bytes_per_second: ["Bytes that the host can carry", ({ capacity }) => capacity.bytesPerSec],
  host_capacity_measured: [
    "1: the messages that it can carry were measured; 0: they are declared",
    ({ isMeasured }) => (isMeasured ? 1 : 0),
  ],
  host_slots: ["Slots that the host owns", ({ slots }) => slots],
  host_pending_messages: ["Messages received and not committed", ({ heartbeat }) => heartbeat?.pending],
  host_event_loop_delay_p99_seconds: [
    "Event-loop delay of the host, p99 of its last heartbeat's interval",
    ({ heartbeat }) => heartbeat && heartbeat.loopDelayP99Ms / 1000,
  ],
  host_cpu_ratio: ["CPU of the host's process, share of one core", ({ heartbeat }) => heartbeat?.cpu],
  host_memory_bytes: ["Memory of the host's process", ({ heartbeat }) => heartbeat?.memoryBytes],
};

type PoolReading = (gateway: Gateway, monitor: PoolMonitor) => number;
const POOL_GAUGES: Readonly<Record<string, readonly [help: string, read: PoolReading]>> = {
  threshold_ratio: [
    "Utilisation above which a host counts as saturated",
    (_, { settings }) => settings.threshold,
  ],
  slots: ["Open slots", ({ status }) => status.slots],
  warm_slots: ["Slots with a warm secondary", ({ status }) => status.warm],
  retained_messages: ["Messages sent and not committed yet", ({ status }) => status.retained],
  retained_bytes: ["Their bytes", ({ status }) => status.retainedBytes],
  blocked_messages: ["Messages that wait for room in the buffer", ({ status }) => status.blocked ?? 0],
  halted_slots: ["Slots whose host has no room for more", ({ status }) => status.halted ?? 0],
  link_up: [
    "1: connected to the hosts",
    ({ status }) => (status.link === "up" || status.link === "wired" ? 1 : 0),
  ],
  planner_paused: ["1: an operator paused the planner", ({ operator }) => (operator.isPaused ? 1 : 0)],
  dry_run: ["1: plans are reported and not carried out", ({ operator }) => (operator.isDryRun ? 1 : 0)],
};

/** The pools' metrics in Prometheus' text format, or in OpenMetrics where that is accepted. */
export async function metricsText(
  monitors: Iterable<PoolMonitor>,
  accept: string,
): Promise<{ text: string; contentType: string }> {
  const registry = new Registry<RegistryContentType>();
  if (accept.includes("application/openmetrics-text"))
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const gauge: MakeGauge = (name, help, ...labels) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames: ["pool", ...labels], registers: [registry] });
  const open = Array.from(monitors).flatMap((monitor) =>
    monitor.gateway ? [{ monitor, gateway: monitor.gateway, pool: monitor.settings.name }] : [],
  );
  addPools(open, gauge);
  addHosts(open, gauge);
  addLatency(open, registry);
  addPatterns(open, gauge);
  const counter: MakeCounter = (name, help, ...labels) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames: ["pool", ...labels], registers: [registry] });
  const refused = counter("refused_messages_total", "Messages not taken over: the buffer was full");
  const dropped = counter("dropped_messages_total", "Messages dropped for more important ones");
  for (const { gateway, pool } of open) {
    refused.inc({ pool }, gateway.status.refused ?? 0);
    dropped.inc({ pool }, gateway.status.dropped ?? 0);
  }
  const events = counter("plan_events_total", "What was done or planned, by kind", "kind");
  for (const { monitor, pool } of open)
    for (const [kind, count] of monitor.log.counts) events.inc({ pool, kind }, count);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

type MakeGauge = (name: string, help: string, ...labels: string[]) => Gauge;
type MakeCounter = (name: string, help: string, ...labels: string[]) => Counter;

interface OpenPool {
  readonly monitor: PoolMonitor;
  readonly gateway: Gateway;
  readonly pool: string;
}

function addPools(open: readonly OpenPool[], make: MakeGauge): void {
  for (const [name, [help, read]] of Object.entries(POOL_GAUGES)) {
    const gauge = make(name, help);
    for (const { monitor, gateway, pool } of open) gauge.set({ pool }, read(gateway, monitor));
  }
}

function addHosts(open: readonly OpenPool[], make: MakeGauge): void {
  for (const [name, [help, read]] of Object.entries(HOST_GAUGES)) {
    const gauge = make(name, help, "host");
    for (const { gateway, pool } of open)
      for (const view of gateway.hosts()) {
        const value = read(view);
        if (value !== undefined) gauge.set({ pool, host: view.host }, value);
      }
  }
}

/** Counted where messages are acknowledged; here it is only told. */
class ToldHistogram extends Histogram {
  readonly #values: MetricValueWithName<string>[] = [];

  tell(labels: Readonly<Record<string, string>>, { counts, sumMs }: LatencyMeter): void {
    let within = 0;
    const value = (suffix: string, told: number, more: object = {}): void => {
      this.#values.push({ metricName: `${LATENCY}_${suffix}`, labels: { ...labels, ...more }, value: told });
    };
    for (const [i, count] of counts.entries()) {
      within += count;
      const bound = LATENCY_BOUNDS_MS[i];
      value("bucket", within, { le: bound === undefined ? "+Inf" : String(bound / 1000) });
    }
    value("sum", sumMs / 1000);
    value("count", within);
  }

  /** By which the registry asks. */
  getForPromString(): Promise<object> {
    return Promise.resolve({ name: LATENCY, help: LATENCY_HELP, type: "histogram", values: this.#values });
  }
}

function addLatency(open: readonly OpenPool[], registry: Registry<RegistryContentType>): void {
  const histogram = new ToldHistogram({ name: LATENCY, help: LATENCY_HELP, registers: [registry] });
  for (const { gateway, pool } of open)
    for (const { host } of gateway.hosts()) {
      const latency = gateway.latency(host);
      // Wired hosts may never be measured.
      if (latency?.isKnown) histogram.tell({ pool, host }, latency);
    }
}

function addPatterns(open: readonly OpenPool[], make: MakeGauge): void {
  const sessions = make("sessions", "Sessions with open slots", "pattern");
  const rates = make("pattern_messages_per_second", "Messages of all sessions of a pattern", "pattern");
  for (const { monitor, gateway, pool } of open)
    for (const [pattern, sum] of sumsOf(gateway, monitor)) {
      sessions.set({ pool, pattern }, sum.sessions);
      rates.set({ pool, pattern }, sum.messagesPerSec);
    }
}

/** Per pattern, never per session: a fleet of any size is six series. */
function sumsOf(gateway: Gateway, { sessions, nowMs }: PoolMonitor) {
  const sums = new Map(PATTERNS.map((pattern) => [pattern, { sessions: 0, messagesPerSec: 0 }]));
  for (const session of gateway.sessions()) {
    const entry = sessions.find(session.id);
    const sum = sums.get(entry?.profile?.pattern ?? entry?.summary?.pattern ?? "unknown");
    if (!sum) continue;
    sum.sessions++;
    sum.messagesPerSec += session.rate(nowMs).messagesPerSec;
  }
  return sums;
}
