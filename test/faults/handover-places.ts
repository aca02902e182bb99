/** What hand-over fault runs can be played on: brokers of the streams, and stores of the records. */

import { join } from "node:path";
import type { Ending } from "../../src/demo/ending.ts";
import { temporaryFolder } from "../../src/demo/ending.ts";
import { aedesBroker } from "../support/mirror-broker.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { hasNats, NatsCluster } from "../support/nats-cluster.ts";

/** A broker that can be killed and started again at the same address. */
export interface KillableBroker {
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Fields of a session-store node, and what ends the store's servers. */
export interface StorePlace {
  readonly fields: Readonly<Record<string, string>>;
  /** undefined: it has no servers. */
  readonly cluster?: NatsCluster;
}

export interface Suite {
  readonly name: string;
  readonly broker: () => Promise<KillableBroker>;
  readonly store: (ending: Ending) => Promise<StorePlace>;
  /** "" = it can be played here. */
  readonly lacks: () => Promise<string>;
}

const BINARY = "/usr/sbin/mosquitto";

async function mosquitto(): Promise<KillableBroker> {
  let server = await startMosquitto(BINARY);
  const { url, port } = server;
  return {
    url,
    port,
    kill: () => server.stop(),
    start: async () => {
      server = await startMosquitto(BINARY, { port });
    },
  };
}

/** Within this process: killed by cutting all its connections and forgetting all it knows. */
async function inProcess(): Promise<KillableBroker> {
  const broker = await aedesBroker();
  const port = Number(new URL(broker.url).port);
  return { url: broker.url, port, kill: () => broker.stop(), start: () => broker.start() };
}

async function embedded(ending: Ending): Promise<StorePlace> {
  return { fields: { engine: "sqlite", path: join(temporaryFolder(ending), "session-store.sqlite") } };
}

async function natsCluster(ending: Ending): Promise<StorePlace> {
  const cluster = new NatsCluster(3);
  ending.add(() => cluster.stop());
  await cluster.start();
  const fields = { engine: "nats", servers: cluster.servers.join(","), bucket: "stitch", replicas: "3" };
  return { fields, cluster };
}

const nothing = async (): Promise<string> => "";

export const SUITES: readonly Suite[] = [
  { name: "mosquitto, embedded store", broker: mosquitto, store: embedded, lacks: nothing },
  { name: "in-process broker, embedded store", broker: inProcess, store: embedded, lacks: nothing },
  {
    name: "mosquitto, NATS R3",
    broker: mosquitto,
    store: natsCluster,
    lacks: async () => ((await hasNats()) ? "" : "no nats-server >= 2.10.27"),
  },
];
