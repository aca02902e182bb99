import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Aedes } from "aedes";
import { MqttConnection } from "../../../src/adapters/mqtt/mqtt-connection.ts";

/** A broker that refuses subscriptions to what begins with "secret". */
async function startBroker(): Promise<{ url: string; close: () => Promise<void> }> {
  const aedes = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic.startsWith("secret") ? null : subscription),
  });
  const server = createServer(aedes.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    close: async () => {
      await new Promise<void>((closed) => aedes.close(closed));
      await new Promise((closed) => server.close(closed));
    },
  };
}

describe("MqttConnection whose broker refuses a subscription", () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let connection: MqttConnection;
  let states: string[];
  let changed: () => void;

  beforeEach(async () => {
    broker = await startBroker();
    states = [];
    changed = () => undefined;
    connection = new MqttConnection({
      broker: { url: broker.url },
      onMessage: () => undefined,
      onState: () => {
        states.push(connection.state);
        changed();
      },
    });
  });
  afterEach(async () => {
    await connection.close();
    await broker.close();
  });

  const reaches = async (state: string): Promise<void> => {
    while (connection.state !== state) await new Promise<void>((next) => (changed = next));
  };

  it("stays down although another subscription is granted, and names the refused topic", async () => {
    await reaches("up");
    connection.subscribe("secret/a");
    await reaches("down");
    connection.subscribe("open/a");
    connection.subscribe("secret/b");
    connection.unsubscribe("secret/a");
    // Answered in order: when this one is, so are those before.
    await new Promise<void>((answered) => {
      changed = () => connection.reason?.includes("secret/b") && answered();
    });
    assert.equal(connection.state, "down");
    assert.match(connection.reason ?? "", /refuses the subscription to secret\/b/);
  });

  it("is up again when nobody wants what was refused", async () => {
    await reaches("up");
    connection.subscribe("open/a");
    connection.subscribe("secret/a");
    await reaches("down");
    connection.unsubscribe("secret/a");
    await reaches("up");
  });
});
