/**
 * What the link costs: gateway → broker → host over MqttLink against a bare mqtt.js publish/subscribe pair at QoS 1,
 * through the same broker (mosquitto, in a process of its own; else aedes), with as many messages under way at once.
 * A gateway's messages come one a turn, as Node-RED hands them on, and a host acknowledges each. Rounds of both
 * alternate, so that a busy machine slows both.
 */
import { connectAsync, type MqttClient } from "mqtt";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { type Envelope, KIND } from "../../src/core/record/envelope.ts";
import { startBroker } from "../../src/demo/broker.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { type Figure, median, report, roundsWanted } from "./harness.ts";

/** Messages under way at once, and how many a round has. */
interface Load {
  readonly inFlight: number;
  readonly messages: number;
}
const MANY: Load = { inFlight: 100, messages: 20_000 };
/** One after the other: nothing can be batched. */
const ONE: Load = { inFlight: 1, messages: 1000 };
const ROUNDS = 11;
const WARM_UP_ROUNDS = 2;
const DEVICES = 100;
const ROUND_TIMEOUT_MS = 60_000;
const GOAL = 0.7;

/** Sends message `count`. */
type Send = (count: number) => void;

interface Leg {
  readonly send: Send;
  /** What each arrival is told to. */
  arrived: () => void;
}

/** Messages per second of one round. */
function runRound(leg: Leg, { inFlight, messages }: Load): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let arrived = 0;
    const stuck = setTimeout(
      () => reject(new Error(`${arrived} of ${sent} messages arrived`)),
      ROUND_TIMEOUT_MS,
    );
    const start = performance.now();
    leg.arrived = () => {
      arrived++;
      if (sent < messages) setImmediate(leg.send, sent++);
      else if (arrived === messages) {
        clearTimeout(stuck);
        resolve((arrived * 1000) / (performance.now() - start));
      }
    };
    while (sent < inFlight) leg.send(sent++);
  });
}

const payload = JSON.stringify({ temperature: 20.5, humidity: 40, battery: 3.6 });

async function bareLeg(publisher: MqttClient, subscriber: MqttClient): Promise<Leg> {
  await subscriber.subscribeAsync("bench/bare/#", { qos: 1 });
  const leg: Leg = {
    send: (count) => publisher.publish(`bench/bare/device-${count % DEVICES}`, payload, { qos: 1 }),
    arrived: () => undefined,
  };
  subscriber.on("message", () => leg.arrived());
  return leg;
}

const isUp = (link: MqttLink): Promise<void> =>
  new Promise((resolve) => {
    if (link.state === "up") resolve();
    else link.onState((state) => state === "up" && resolve());
  });

async function linkLeg(gateway: MqttLink, host: MqttLink): Promise<Leg> {
  const leg: Leg = {
    send: (count) => {
      const meta = { gateway: "gw", topic: `bench/device-${count % DEVICES}`, low: 1, atMs: count };
      const session = { sessionId: `device-${count % DEVICES}`, slot: 0, epoch: 1, seq: count };
      gateway.sendToHost("host-1", { kind: KIND.DATA, ...session, meta, payload });
    },
    arrived: () => undefined,
  };
  host.onHostStream("host-1", (envelope: Envelope) => {
    const { gateway: to = "gw" } = envelope.meta;
    const ack = { ...envelope, kind: KIND.ACK, meta: { host: "host-1" }, payload: null };
    host.sendToGateway(to, ack);
    leg.arrived();
  });
  gateway.onGatewayStream("gw", () => undefined);
  await Promise.all([new Promise(setImmediate).then(() => isUp(host)), isUp(gateway)]);
  return leg;
}

const broker = await startMosquitto("/usr/sbin/mosquitto").catch(() => startBroker());
const options = { protocolVersion: 4, reconnectPeriod: 0 } as const;
const clients = [await connectAsync(broker.url, options), await connectAsync(broker.url, options)] as const;
const links = [0, 1].map(() => new MqttLink({ pool: "bench", broker: { url: broker.url } }));
const bare = await bareLeg(...clients);
const link = await linkLeg(...(links as [MqttLink, MqttLink]));

async function measure(name: string, load: Load, goal?: number): Promise<Figure[]> {
  const perSec = { bare: [] as number[], link: [] as number[] };
  for (let round = -WARM_UP_ROUNDS; round < roundsWanted(ROUNDS); round++) {
    const [bareRound, linkRound] = [await runRound(bare, load), await runRound(link, load)];
    if (round < 0) continue;
    perSec.bare.push(bareRound);
    perSec.link.push(linkRound);
  }
  const ratios = perSec.link.map((rate, i) => rate / (perSec.bare[i] as number));
  const ratio = {
    name: `${name}: link / bare, throughput`,
    value: median(ratios),
    unit: "x",
    rounds: ratios,
  };
  return [
    {
      name: `${name}: bare mqtt.js pair, QoS 1`,
      value: median(perSec.bare),
      unit: "msg/s",
      rounds: perSec.bare,
    },
    {
      name: `${name}: link, each acknowledged`,
      value: median(perSec.link),
      unit: "msg/s",
      rounds: perSec.link,
    },
    goal === undefined ? ratio : { ...ratio, goal },
  ];
}

const figures = [
  ...(await measure("100 under way", MANY, GOAL)),
  ...(await measure("one after the other", ONE)),
];
report(figures);

await Promise.all([...links.map((one) => one.close()), ...clients.map((client) => client.endAsync(true))]);
await ("stop" in broker ? broker.stop() : broker.close());
