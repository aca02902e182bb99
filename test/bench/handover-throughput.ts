import { connectAsync, type MqttClient } from "mqtt";
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { LinkedGateway } from "../../src/adapters/pool/linked-gateway.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { settings } from "../support/linked-pool.ts";
import { openStores, type StoreName, type Stores } from "./handover-stores.ts";
import { type Figure, median } from "./harness.ts";

const DEVICES = 100;
const IN_FLIGHT = 100;
const MESSAGES = 10_000;
const ROUNDS = 7;
const WARM_UP_ROUNDS = 2;
const ROUND_TIMEOUT_MS = 60_000;
const GOAL = 0.7;
const STORES: readonly StoreName[] = ["memory", "sqlite", "mqtt", "nats"];
const payload = JSON.stringify({ temperature: 20.5, humidity: 40, battery: 3.6 });

interface Leg {
  readonly send: (count: number) => void;
  /** What each arrival is told to. */
  arrived: () => void;
  readonly close: () => Promise<unknown>;
}

/** Messages per second of one round, each sent in a turn of its own, as Node-RED hands them on. */
function runRound(leg: Leg): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let arrived = 0;
    const text = (): string => `${arrived} of ${sent} messages arrived`;
    const stuck = setTimeout(() => reject(new Error(text())), ROUND_TIMEOUT_MS);
    const start = performance.now();
    leg.arrived = () => {
      arrived++;
      if (sent < MESSAGES) setImmediate(leg.send, sent++);
      else if (arrived === MESSAGES) {
        clearTimeout(stuck);
        resolve((arrived * 1000) / (performance.now() - start));
      }
    };
    while (sent < IN_FLIGHT) leg.send(sent++);
  });
}

async function bareLeg(url: string): Promise<Leg> {
  const open = (): Promise<MqttClient> => connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
  const [publisher, subscriber] = [await open(), await open()];
  await subscriber.subscribeAsync("bench/bare/#", { qos: 1 });
  const leg: Leg = {
    send: (count) => publisher.publish(`bench/bare/device-${count % DEVICES}`, payload, { qos: 1 }),
    arrived: () => undefined,
    close: () => Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]),
  };
  subscriber.on("message", () => leg.arrived());
  return leg;
}

/** The palette's whole way: route's retention → link → broker → receive → commit → output. */
async function stitchedLeg(
  url: string,
  name: string,
  stores: Stores,
  ack: "commit" | "arrival",
): Promise<Leg> {
  const links = [0, 1].map(() => new MqttLink({ pool: name, broker: { url } })) as [MqttLink, MqttLink];
  const common = { clock: systemClock, commitTimeoutMs: 10_000, capacity: {}, ack } as const;
  const host = new HostRuntime({ ...common, host: "host-1", link: links[1], records: stores.host });
  const options = { random: { next: Math.random }, clock: systemClock, sessions: new SessionDirectory(100) };
  const gateway = new LinkedGateway(
    {
      ...options,
      settings: { ...settings, name, broker: url, maxSessions: 1000 },
      link: links[0],
      records: stores.gateway,
      onError: (error) => console.error(error.message),
    },
    links[0],
    stores.gateway,
  );
  const leg: Leg = {
    send: (count) => {
      const id = { sessionId: `device-${count % DEVICES}`, slot: 0 };
      gateway.take(id, 1, payload.length);
      const topic = `bench/device-${count % DEVICES}`;
      const refusal = gateway.offer(id, { topic, payload, bytes: payload.length, atMs: systemClock.now() });
      if (refusal) throw refusal;
    },
    arrived: () => undefined,
    async close() {
      await gateway.close();
      host.close();
      await Promise.all(links.map((link) => link.close()));
      await stores.close();
    },
  };
  host.onMessage(({ session, payload: output }) => {
    const state = ack === "commit" ? session.seq : undefined;
    host.processed(session, state, [{ payload: output }]);
  });
  host.onOutput(() => leg.arrived());
  host.start();
  while (!gateway.hosts().some(({ state }) => state === "up"))
    await new Promise((next) => setTimeout(next, 20));
  return leg;
}

/** By name; "bare" and "arrival" first, then each store that can be had here. */
async function openLegs(url: string): Promise<Map<string, Leg>> {
  const legs = new Map([["bare", await bareLeg(url)]]);
  const arrival = await openStores("memory");
  if (arrival) legs.set("arrival", await stitchedLeg(url, "bench-arrival", arrival, "arrival"));
  for (const name of STORES) {
    const stores = await openStores(name);
    if (stores) legs.set(name, await stitchedLeg(url, `bench-${name}`, stores, "commit"));
    else console.error(`left out: commits to ${name}, no nats-server >= 2.10.27`);
  }
  return legs;
}

/** Rounds of all legs alternate, so that a busy machine slows all of them. */
export async function throughput(url: string): Promise<Figure[]> {
  const legs = await openLegs(url);
  const rates = new Map<string, number[]>(Array.from(legs.keys(), (name) => [name, []]));
  try {
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++)
      for (const [name, leg] of legs) {
        const rate = await runRound(leg);
        if (round >= 0) rates.get(name)?.push(rate);
      }
  } finally {
    await Promise.all(Array.from(legs.values(), (leg) => leg.close()));
  }
  return figuresOf(rates);
}

function figuresOf(rates: ReadonlyMap<string, readonly number[]>): Figure[] {
  const of = (name: string): readonly number[] => rates.get(name) ?? [];
  const perSec = (name: string, rounds: readonly number[]): Figure => ({
    name,
    value: median(rounds),
    unit: "msg/s",
    rounds,
  });
  const ratios = of("arrival").map((rate, i) => rate / (of("bare")[i] as number));
  const figures = [
    perSec("bare mqtt.js pair, QoS 1", of("bare")),
    perSec("route to commit, acknowledged on arrival", of("arrival")),
    {
      name: "of a bare pair: on arrival, no state",
      value: median(ratios),
      unit: "x",
      rounds: ratios,
      goal: GOAL,
    },
  ];
  for (const name of STORES) {
    if (!rates.has(name)) continue;
    const costs = of(name).map((rate, i) => 1e6 / rate - 1e6 / (of("arrival")[i] as number));
    figures.push(perSec(`route to commit, a commit per message, ${name}`, of(name)), {
      name: `cost of a commit, ${name}`,
      value: median(costs),
      unit: "us",
      rounds: costs,
    });
  }
  return figures;
}
