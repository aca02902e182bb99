import { join } from "node:path";
import type { Broker } from "./broker.ts";
import { type FlowNode, gatewayFlow, hostFlow, poolName, subscriptionsOf } from "./flows.ts";
import type { DemoOptions } from "./options.ts";
import { type RedProcess, startRed, tail } from "./processes.ts";

export interface PoolPlan {
  readonly options: Pick<DemoOptions, "policy" | "headless" | "port">;
  readonly gatewayExample: readonly FlowNode[];
  readonly hostExample: readonly FlowNode[];
  readonly hosts: readonly string[];
  readonly capacityPerSec: number;
  /** Folder of the run. */
  readonly folder: string;
  readonly broker: Broker;
  readonly signal: AbortSignal;
  /** Added to the gateway's settings.js. */
  readonly gatewaySettings?: Readonly<Record<string, unknown>>;
}

export interface PoolProcesses {
  readonly gateway: RedProcess;
  readonly hosts: ReadonlyMap<string, RedProcess>;
}

/** From flows started to every host heard and the gateway subscribed. */
const READY_DEADLINE_MS = 60_000;

/** Starts the gateway and all hosts; resolves when each host was heard and the gateway takes messages. */
export async function startPool(plan: PoolPlan): Promise<PoolProcesses> {
  const { broker, folder, hosts, options, signal } = plan;
  const place = {
    broker: { host: "127.0.0.1", port: broker.port },
    storePath: join(folder, "session-store.sqlite"),
  };
  const flow = gatewayFlow(plan.gatewayExample, { ...place, policy: options.policy });
  const ready = heard(plan, flow);
  const gatewayOptions = {
    ...(options.headless ? undefined : { editorPort: options.port }),
    ...(plan.gatewaySettings && { settings: plan.gatewaySettings }),
  };
  const names = ["gateway", ...hosts];
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const starts = names.map((name) => {
    const isGateway = name === "gateway";
    const hostEnv = { STITCH_HOST: name, STITCH_CAPACITY: String(plan.capacityPerSec) };
    return startRed({
      name,
      folder,
      flow: isGateway ? flow : hostFlow(plan.hostExample, place, name),
      env: isGateway ? {} : hostEnv,
      ...(isGateway ? gatewayOptions : {}),
      signal: either,
    }).catch((error: unknown) => {
      // The first to fail ends the others' start.
      failed.abort(error);
      throw failed.signal.reason;
    });
  });
  const settled = await Promise.allSettled(starts);
  const running = settled.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const [gateway, ...rest] = running;
  try {
    for (const start of settled) if (start.status === "rejected") throw start.reason;
    await ready(signal, running);
    if (!gateway) throw new Error("no gateway");
  } catch (error) {
    await Promise.all(running.map((red) => red.stop()));
    throw error;
  }
  return { gateway, hosts: new Map(rest.map((red) => [red.name, red])) };
}

/**
 * Listens from the start on; what it returns waits until the gateway has subscribed to the devices and every
 * host has announced itself, so that the fleet's first message finds the pool complete.
 */
function heard(plan: PoolPlan, flow: readonly FlowNode[]) {
  const { broker, hosts } = plan;
  const missing = new Set(hosts);
  const allHeard = new Promise<void>((resolve) => {
    void broker.listen(`stitch/${poolName(flow)}/hosts/+`, (topic, payload) => {
      if (payload.includes('"gone"')) return;
      missing.delete(topic.slice(topic.lastIndexOf("/") + 1));
      if (missing.size === 0) resolve();
    });
  });
  const subscribed = Promise.all(subscriptionsOf(flow).map((filter) => broker.subscribed(filter)));
  return (signal: AbortSignal, running: readonly RedProcess[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        const who =
          missing.size > 0 ? `no heartbeat of ${[...missing].join(", ")}` : "the gateway did not subscribe";
        const logs = running.map((red) => `--- ${red.name}\n${tail(red.logFile)}`).join("\n");
        reject(new Error(`${who} within ${READY_DEADLINE_MS / 1000} s\n${logs}`));
      }, READY_DEADLINE_MS);
      signal.addEventListener("abort", () => reject(new Error("start given up")), { once: true });
      Promise.all([allHeard, subscribed])
        .then(() => resolve(), reject)
        .finally(() => clearTimeout(deadline));
    });
}
