import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import { systemClock } from "../../../src/adapters/clock.ts";
import { MqttLink } from "../../../src/adapters/mqtt/mqtt-link.ts";
import type { Gateway } from "../../../src/adapters/pool/gateway-pool.ts";
import { createGateway } from "../../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { type Broker, startBroker } from "../../../src/demo/broker.ts";
import { settings } from "../../support/linked-pool.ts";
import { MemoryRecords } from "../../support/memory-records.ts";
import { seededRandom } from "../../support/seeded-random.ts";

interface Handled {
  readonly payload: unknown;
  readonly sessionId: string;
}
type StartHost = (options: {
  url: string;
  pool: string;
  host: string;
  handle: (message: Handled) => void;
}) => () => Promise<void>;

const module = new URL("../../../examples/reference-host/host.mjs", import.meta.url).href;
const SESSIONS = ["cam-1", "cam/2", "__proto__"];

describe("reference host", () => {
  let broker: Broker;
  let link: MqttLink;
  let gateway: Gateway;
  let startHost: StartHost;
  const ends: (() => Promise<void>)[] = [];
  let handled: string[];

  beforeEach(async () => {
    ({ startHost } = (await import(module)) as { startHost: StartHost });
    broker = await startBroker();
    link = new MqttLink({ pool: "pool", broker: { url: broker.url } });
    handled = [];
    gateway = createGateway({
      settings: { ...settings, stepMs: 20 },
      sessions: new SessionDirectory(100),
      link,
      records: new MemoryRecords(),
      clock: systemClock,
      random: seededRandom(1),
      onError: (error) => assert.fail(error),
    });
  });

  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await gateway.close();
    await link.close();
    await broker.close();
  });

  const run = (host: string): void => {
    const handle = ({ sessionId, payload }: Handled): number =>
      handled.push(`${sessionId}:${String(payload)}`);
    ends.push(startHost({ url: broker.url, pool: "pool", host, handle }));
  };
  const isUp = (host: string): boolean =>
    gateway.hosts().some((view) => view.host === host && view.state === "up");
  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise((next) => setTimeout(next, 5));
  }
  const send = (from: number, to: number): void => {
    for (let n = from; n <= to; n++)
      for (const sessionId of SESSIONS) {
        const id = { sessionId, slot: 0 };
        gateway.take(id, 1, 8);
        assert.equal(gateway.offer(id, { payload: n, bytes: 8, atMs: 0 }), undefined);
      }
  };
  const of = (sessionId: string): number[] =>
    handled.filter((one) => one.startsWith(`${sessionId}:`)).map((one) => Number(one.split(":")[1]));
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

  it("handles each message once, in order, while its sessions move to another", async () => {
    run("host-1");
    await until(() => isUp("host-1"));
    send(1, 50);
    await until(() => handled.length === 150);
    run("host-2");
    await until(() => isUp("host-2"));
    gateway.startPlanning();
    gateway.drain({ host: "host-1", isWanted: true });
    const owners = (): (string | undefined)[] =>
      SESSIONS.map((sessionId) => gateway.take({ sessionId, slot: 0 }, 1, 0).owner);
    let last = 50;
    await until(() => {
      send(++last, last);
      return owners().every((owner) => owner === "host-2");
    });
    send(last + 1, last + 50);
    await until(() => handled.length >= 3 * (last + 50));
    for (const sessionId of SESSIONS) assert.deepEqual(of(sessionId), upTo(last + 50));
  });

  it("goes on after what is not of this protocol", async () => {
    run("host-1");
    await until(() => isUp("host-1"));
    const stranger = await connectAsync(broker.url);
    for (const bytes of [[], [0xc1], [0x80], [0x98, 1, 1], [0x2a], [0x98, 1, 1, 1, 1, 1, 1, 0xc0, 1]])
      await stranger.publishAsync("stitch/pool/to/host-1", Buffer.from(bytes), { qos: 1 });
    await stranger.endAsync();
    send(1, 3);
    await until(() => handled.length === 9);
    for (const sessionId of SESSIONS) assert.deepEqual(of(sessionId), upTo(3));
  });

  it("says goodbye", async () => {
    run("host-1");
    await until(() => isUp("host-1"));
    await ends.pop()?.();
    await until(() => !isUp("host-1"));
  });
});
