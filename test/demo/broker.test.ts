import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import { type Broker, startBroker } from "../../src/demo/broker.ts";

describe("startBroker", () => {
  const brokers: Broker[] = [];
  const start = async (port?: number): Promise<Broker> => {
    const broker = await startBroker(port);
    brokers.push(broker);
    return broker;
  };
  afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.close())));

  it("takes messages at QoS 1 and hands them to whoever listens", async () => {
    const broker = await start();
    const heard = new Promise<string>((resolve) => {
      void broker.listen("results/#", (topic, payload) => resolve(`${topic} ${payload.toString()}`));
    });
    const client = await connectAsync(broker.url, { protocolVersion: 4 });
    await client.publishAsync("results/a", "1", { qos: 1 });
    assert.equal(await heard, "results/a 1");
    await client.endAsync(true);
  });

  it("tells when a filter is subscribed to, before or after it is asked", async () => {
    const broker = await start();
    const client = await connectAsync(broker.url, { protocolVersion: 4 });
    const early = broker.subscribed("devices/#");
    await client.subscribeAsync("devices/#");
    await early;
    await broker.subscribed("devices/#");
    await client.endAsync(true);
  });

  it("says that its port is in use", async () => {
    const { port } = await start();
    await assert.rejects(start(port), {
      message: `the MQTT broker can't listen on 127.0.0.1:${port}: port ${port} is in use`,
    });
  });

  it("closes although clients are connected", async () => {
    const broker = await startBroker();
    const client = await connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    await broker.close();
    await closed;
  });
});
