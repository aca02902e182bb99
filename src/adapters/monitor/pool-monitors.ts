import type { PoolMonitor } from "./pool-monitor.ts";

/** The running pools of one Node-RED. */
export type PoolMonitors = Map<string, PoolMonitor>;

/** By what all nodes and plugins of one Node-RED share: each is handed a `RED` of its own. */
const instances = new WeakMap<object, PoolMonitors>();

/** `events` is `RED.events`. Pools put themselves in and out: nothing outlives a redeploy. */
export function poolMonitorsOf(events: object): PoolMonitors {
  let monitors = instances.get(events);
  if (!monitors) {
    monitors = new Map();
    instances.set(events, monitors);
  }
  return monitors;
}
