import { resolve } from "node:path";
import type { Node, NodeAPI, NodeDef } from "node-red";
import { systemClock } from "../src/adapters/clock.ts";
import { PoolMonitor } from "../src/adapters/monitor/pool-monitor.ts";
import { poolMonitorsOf } from "../src/adapters/monitor/pool-monitors.ts";
import { MqttLink } from "../src/adapters/mqtt/mqtt-link.ts";
import { answerDrain } from "../src/adapters/nodered/drain-route.ts";
import type { GatewayPool } from "../src/adapters/pool/gateway-pool.ts";
import { keptStreamsOf } from "../src/adapters/pool/kept-streams.ts";
import { Pool } from "../src/adapters/pool/pool.ts";
import type { SessionStore } from "../src/adapters/store/session-store.ts";
import { StitchError } from "../src/core/errors.ts";
import { type PoolFields, readPoolSettings } from "../src/core/stitch/pool-settings.ts";

type PoolDef = NodeDef & PoolFields;

interface Credentials {
  readonly user: string;
  readonly password: string;
}

interface PoolNode extends Node<Credentials> {
  pool?: GatewayPool;
}

interface TlsConfig {
  addTLSOptions(options: object): object;
}

/** Config node: what the nodes of one pool share. Offers it as its property `pool`; absent where a field is wrong. */
export default function register(RED: NodeAPI): void {
  const poolNode = (id: string): PoolNode | null => RED.nodes.getNode(id) as PoolNode | null;

  function tlsOptions(id: string): object | undefined {
    if (!id) return undefined;
    const node = RED.nodes.getNode(id) as Partial<TlsConfig> | null;
    if (node?.addTLSOptions) return node.addTLSOptions({});
    throw new StitchError("BAD_CONFIG", "the pool's TLS configuration is missing or disabled");
  }

  function PoolConfigNode(this: PoolNode, def: PoolDef): void {
    RED.nodes.createNode(this, def);
    const { user, password }: Partial<Credentials> = this.credentials ?? {};
    try {
      const settings = readPoolSettings(def);
      const store = (): SessionStore | undefined =>
        (RED.nodes.getNode(def.store) as { store?: SessionStore } | null)?.store;
      const pool = new Pool({
        settings,
        records: () => store()?.records,
        driver: () => store()?.driver,
        openLink: (url) => {
          const tls = tlsOptions(def.tls);
          return new MqttLink({
            pool: settings.name,
            broker: { url, ...(user && { user }), ...(password && { password }), ...(tls && { tls }) },
          });
        },
        clock: systemClock,
        random: { next: Math.random },
        logPath: resolve(RED.settings.userDir ?? ".", "session-stitching", `messages-${this.id}.sqlite`),
        kept: keptStreamsOf(RED.events, this.id),
        warn: (text) => this.warn(text),
        info: (text) => this.log(text),
        onGateway: (gateway) => monitor.watch(gateway),
      });
      const monitors = poolMonitorsOf(RED.events);
      const monitor = new PoolMonitor({ id: this.id, settings, sessions: pool.sessions, clock: systemClock });
      monitors.set(this.id, monitor);
      this.pool = pool;
      this.on("close", (done: () => void) => {
        monitor.close();
        if (monitors.get(this.id) === monitor) monitors.delete(this.id);
        pool.close().then(done, (error: unknown) => {
          this.warn(String(error));
          done();
        });
      });
    } catch (error) {
      this.error(error instanceof Error ? error.message : String(error));
    }
  }
  RED.httpAdmin.post(
    "/session-stitching/:id/drain",
    RED.auth.needsPermission("session-stitching.write"),
    (request, response) => answerDrain(poolNode(String(request.params["id"]))?.pool, request, response),
  );
  RED.nodes.registerType<PoolNode, PoolDef, object, Credentials>("session-pool", PoolConfigNode, {
    credentials: { user: { type: "text" }, password: { type: "password" } },
  });
}
