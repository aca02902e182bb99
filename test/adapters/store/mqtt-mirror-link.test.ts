import assert from "node:assert/strict";
import { MqttMirrorLink } from "../../../src/adapters/store/mqtt-mirror-link.ts";
import {
  aedesBroker,
  hasMosquitto,
  type MirrorBroker,
  mosquittoBroker,
} from "../../support/mirror-broker.ts";
import { until } from "../../support/turns.ts";

function itIsAMirrorLink(start: () => Promise<MirrorBroker>): void {
  let broker: MirrorBroker;
  let links: MqttMirrorLink[];
  beforeEach(async () => {
    broker = await start();
    links = [];
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.close()));
    await broker.stop();
  });

  interface Heard {
    readonly link: MqttMirrorLink;
    readonly messages: string[];
    readonly downs: string[];
  }
  function connect(topic = "stitch/store"): Heard {
    const link = new MqttMirrorLink({ broker: broker.url, topic, node: `n-${links.length}` });
    links.push(link);
    const heard: Heard = { link, messages: [], downs: [] };
    link.onMessage((key, bytes) => heard.messages.push(`${key}=${Buffer.from(bytes).toString()}`));
    link.onDown((reason) => heard.downs.push(reason));
    return heard;
  }
  const up = ({ link }: Heard): Promise<void> => until(() => link.isUp);

  it("carries any key and value, to others and back", async () => {
    const [a, b] = [connect(), connect()];
    await Promise.all([up(a), up(b)]);
    const keys = ["slot/devices%2Fcam-7/0", "a+b#c$", "%u0041", "é漢\0"];
    for (const key of keys) await a.link.publish(key, Buffer.from("1"));
    await until(() => a.messages.length === keys.length && b.messages.length === keys.length);
    for (const { messages } of [a, b])
      assert.deepEqual(
        messages,
        keys.map((key) => `${key}=1`),
      );
  });

  it("has heard all that the broker retains when it is up", async () => {
    const a = connect();
    await up(a);
    for (let i = 0; i < 200; i++) await a.link.publish(`k${i}`, Buffer.from("1"));
    const late = connect();
    let atUp = 0;
    late.link.onUp(() => {
      atUp = late.messages.length;
    });
    await up(late);
    assert.equal(atUp, 200);
  });

  it("hears what the broker retains once more when it asks again", async () => {
    const a = connect();
    await up(a);
    await a.link.publish("k", Buffer.from("1"));
    await until(() => a.messages.length === 1);
    a.link.again();
    await until(() => a.messages.length === 2);
    assert.deepEqual(a.messages, ["k=1", "k=1"]);
  });

  it("keeps stores of different topics apart", async () => {
    const [a, other] = [connect("one"), connect("two")];
    await Promise.all([up(a), up(other)]);
    await a.link.publish("k", Buffer.from("1"));
    await until(() => a.messages.length === 1);
    assert.deepEqual(other.messages, []);
  });

  it("says why it is down, publishes nothing then, and comes back", async () => {
    const a = connect();
    await up(a);
    await broker.stop();
    await until(() => a.downs.length > 0 && !a.link.isUp);
    await assert.rejects(() => a.link.publish("k", Buffer.from("1")));
    await broker.start();
    await up(a);
    await a.link.publish("k", Buffer.from("1"));
    await until(() => a.messages.length === 1);
  });
}

describe("MqttMirrorLink with aedes", () => itIsAMirrorLink(aedesBroker));

describe("MqttMirrorLink with mosquitto", () => {
  before(function () {
    if (hasMosquitto()) return;
    const { CI } = process.env;
    assert.ok(!CI, "mosquitto is not installed");
    this.skip();
  });
  itIsAMirrorLink(mosquittoBroker);
});
