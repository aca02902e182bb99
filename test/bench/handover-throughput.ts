import { connectAsync, type MqttClient } from "mqtt";
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { LinkedGateway } from "../../src/adapters/pool/linked-gateway.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { sqliteStore } from "../../src/adapters/store/session-store.ts";
import { settings } from "../support/linked-pool.ts";
import { type Figure, median } from "./harness.ts";

const DEVICES = 100;
const IN_FLIGHT = 100;
const MESSAGES = 10_000;
const ROUNDS = 7;
const WARM_UP_ROUNDS = 2;
const ROUND_TIMEOUT_MS = 60_000;
const GOAL = 0.7;
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
async function stitchedLeg(url: string, storePath: string, ack: "commit" | "arrival"): Promise<Leg> {
  const name = `bench-${ack}`;
  const links = [0, 1].map(() => new MqttLink({ pool: name, broker: { url } })) as [MqttLink, MqttLink];
  const stores = [sqliteStore(storePath), sqliteStore(storePath)] as const;
  const common = { clock: systemClock, commitTimeoutMs: 10_000, capacity: {}, ack } as const;
  const host = new HostRuntime({ ...common, host: "host-1", link: links[1], records: stores[1].records });
  const options = { random: { next: Math.random }, clock: systemClock, sessions: new SessionDirectory(100) };
  const broker = { name, broker: url };
  const gateway = new LinkedGateway(
    {
      ...options,
      settings: { ...settings, ...broker, maxSessions: 1000 },
      link: links[0],
      records: stores[0].records,
      onError: (error) => console.error(error.message),
    },
    links[0],
    stores[0].records,
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
      await Promise.all([...links, ...stores].map((end) => end.close()));
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

/** Rounds of all legs alternate, so that a busy machine slows all of them. */
export async function throughput(url: string, storePath: string): Promise<Figure[]> {
  const legs = {
    bare: await bareLeg(url),
    arrival: await stitchedLeg(url, storePath, "arrival"),
    commit: await stitchedLeg(url, storePath, "commit"),
  };
  const rates = { bare: [] as number[], arrival: [] as number[], commit: [] as number[] };
  try {
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++)
      for (const name of ["bare", "arrival", "commit"] as const) {
        const rate = await runRound(legs[name]);
        if (round >= 0) rates[name].push(rate);
      }
  } finally {
    await Promise.all(Object.values(legs).map((leg) => leg.close()));
  }
  const ratio = (name: "arrival" | "commit"): number[] =>
    rates[name].map((rate, i) => rate / (rates.bare[i] as number));
  const perSec = (name: string, rounds: number[]): Figure => ({
    name,
    value: median(rounds),
    unit: "msg/s",
    rounds,
  });
  const times = (name: string, rounds: number[]): Figure => ({
    name,
    value: median(rounds),
    unit: "x",
    rounds,
  });
  return [
    perSec("bare mqtt.js pair, QoS 1", rates.bare),
    perSec("route to commit, acknowledged on arrival", rates.arrival),
    { ...times("of a bare pair: on arrival, no state", ratio("arrival")), goal: GOAL },
    perSec("route to commit, a commit per message, sqlite", rates.commit),
    times("of a bare pair: with commits, sqlite", ratio("commit")),
  ];
}
