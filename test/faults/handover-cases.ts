import type { Random } from "../../src/core/ports.ts";
import { between } from "../../src/demo/random.ts";
import { OTHER } from "./pool-flows.ts";
import type { PoolUnderTest } from "./pool-under-test.ts";
import { standbyCase } from "./standby-case.ts";

/** The devices' side of the pool. */
export interface Devices {
  /** Stands still: no device sends. */
  pause(): void;
  run(): void;
  /** Resolves when the gateway is done with every message that was sent. */
  taken(): Promise<void>;
  /** Resolves when a gateway subscribes to the devices' messages from now on. */
  resubscribed(): Promise<void>;
  /** Resolves when all that was sent has come out. */
  arrived(): Promise<void>;
  /**
   * While they stand still: resolves when all that a gateway was done with has come out. Of the others each may have
   * been in the gateway's hands when it was killed: what does not come out was never taken over.
   */
  accounted(): Promise<void>;
  /** They send through the other gateway from now on, or again through the first. */
  through(gateway: "first" | "other"): void;
  /**
   * They send through another broker, which keeps their messages for the gateway that works; "": again through the
   * checker's own.
   */
  throughBroker(url: string): Promise<void>;
  /** While they stand still: how many messages are in nobody's hands but a dead gateway's. */
  leftBehind(): Promise<number>;
  /** Resolves with the name of the gateway that is the next to work, of another than `but`. */
  nextActive(but?: string): Promise<string>;
  /** The gateway that told last that it works. */
  readonly active: string;
  /** So many messages the broker has given to two gateways, of which each has said that it took them. */
  readonly again: number;
}

export interface CaseResult {
  /** Beside its counts. */
  readonly told: string;
  /** So many messages came by a gateway that was dead, after newer ones, as the pool's help says. */
  readonly late: number;
  /** So many came by two gateways, which state counts twice; the first of each two is in its order. */
  readonly again: number;
}

export interface FaultCase {
  readonly name: string;
  /** undefined: nothing to tell, and nothing may be late. */
  readonly run: (pool: PoolUnderTest, random: Random, devices: Devices) => Promise<CaseResult | undefined>;
}

type Strike = (pool: PoolUnderTest, random: Random, devices: Devices) => Promise<void>;

/** How often each kind of fault strikes. */
export interface FaultCounts {
  readonly owners: number;
  readonly secondaries: number;
  readonly gateways: number;
  readonly fullLogs: number;
  readonly brokers: number;
  readonly stores: number;
  /** Of those that are no kill; 0: none of them is played. */
  readonly others: number;
  /** Kills of the gateway that works, while another stands by. */
  readonly standby: number;
}

/** Longer than three heartbeats: the gateway takes the host for lost. */
const PAST_SUSPICION_MS = 4000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function anyHost(pool: PoolUnderTest, random: Random): string {
  const hosts = [...pool.hosts.keys()];
  return hosts[Math.floor(random.next() * hosts.length)] ?? "host-1";
}

const killHost =
  (which: "most" | "fewest"): Strike =>
  async (pool, random) => {
    await pool.killHost(pool.hostWith(which), between(random, 0, 1500));
    await pause(between(random, 300, 1500));
  };

async function zombie(pool: PoolUnderTest, random: Random): Promise<void> {
  const pid = pool.hosts.get(pool.hostWith("most"))?.pid;
  if (!pid) throw new Error("no such host");
  process.kill(pid, "SIGSTOP");
  await pause(between(random, PAST_SUSPICION_MS, 2 * PAST_SUSPICION_MS));
  process.kill(pid, "SIGCONT");
  await pause(2000);
}

async function cutLink(pool: PoolUnderTest, random: Random): Promise<void> {
  const proxy = pool.proxies.get(anyHost(pool, random));
  proxy?.cut();
  await pause(between(random, 100, PAST_SUSPICION_MS));
  proxy?.heal();
  await pause(2000);
}

async function halfOpen(pool: PoolUnderTest, random: Random): Promise<void> {
  pool.proxies.get(anyHost(pool, random))?.deaden();
  await pause(2 * PAST_SUSPICION_MS);
}

async function killBroker(pool: PoolUnderTest, random: Random): Promise<void> {
  await pool.killBroker(between(random, 0, 3000));
  await pause(3000);
}

/** The server that leads the records' stream, or any: a cluster of three goes on with two. */
async function killStoreServer(pool: PoolUnderTest, random: Random): Promise<void> {
  pool.kills++;
  const { store } = pool;
  const index = Math.floor(random.next() * 3);
  await store.cluster?.kill(index);
  await pause(between(random, 500, 3000));
  await store.cluster?.startOne(index);
  await pause(2000);
}

async function rollingRestart(pool: PoolUnderTest): Promise<void> {
  for (const host of pool.hosts.keys()) {
    await pool.hosts.get(host)?.stop();
    await pool.startHost(host);
    await pause(500);
  }
}

async function drainedRestart(pool: PoolUnderTest): Promise<void> {
  for (const host of pool.hosts.keys()) {
    await pool.drain(host, true);
    await pool.empty(host);
    await pool.hosts.get(host)?.stop();
    await pool.startHost(host);
    await pool.drain(host, false);
    await pause(500);
  }
}

async function redeployHost(pool: PoolUnderTest, random: Random): Promise<void> {
  await pool.redeploy(pool.hosts.get(anyHost(pool, random)));
  await pause(2500);
}

/** Its slots are on their way to others. */
async function redeployMidShift(pool: PoolUnderTest, random: Random): Promise<void> {
  const host = pool.hostWith("most");
  await pool.drain(host, true);
  await pause(between(random, 5, 100));
  await pool.redeploy(pool.hosts.get(host));
  await pause(2000);
  await pool.drain(host, false);
  await pause(500);
}

/** While messages are in each of its nodes' hands. */
async function killGateway(pool: PoolUnderTest, random: Random, devices: Devices): Promise<void> {
  await pause(between(random, 500, 2000));
  const isBack = devices.resubscribed();
  const isStarted = pool.killGateway();
  // What a broker hands to a gateway that is not there is not the gateway's to keep.
  devices.pause();
  await isStarted;
  await isBack;
  await devices.accounted();
  devices.run();
}

/**
 * Something happens to the gateway while no host answers, so that all it has is its log. Devices pause, because what
 * a broker hands to a gateway that is not there is not the gateway's to keep.
 */
const withFullLog =
  (interrupt: (pool: PoolUnderTest) => Promise<void>): Strike =>
  async (pool, random, devices) => {
    const hosts = [...pool.hosts.values()];
    for (const { pid } of hosts) process.kill(pid, "SIGSTOP");
    try {
      await pause(between(random, 200, 1000));
      devices.pause();
      await devices.taken();
      const isBack = devices.resubscribed();
      await interrupt(pool);
      await isBack;
    } finally {
      for (const { pid } of hosts) process.kill(pid, "SIGCONT");
      devices.run();
    }
    await pause(between(random, 500, 1500));
  };

/** Both open the same slots; which of them the devices send through changes when all has come out. */
const twoGateways =
  (changes: number): Strike =>
  async (pool, random, devices) => {
    const isThere = devices.resubscribed();
    await pool.startGateway("other", OTHER);
    await isThere;
    for (let i = 1; i <= changes; i++) {
      devices.through(i % 2 === 1 ? "other" : "first");
      devices.run();
      await pause(between(random, 1000, 2500));
      if (i === 2) await killHost("most")(pool, random, devices);
      devices.pause();
      await devices.arrived();
    }
    devices.through("first");
    await pool.stopGateway("other");
    devices.run();
  };

const times =
  (count: number, run: Strike): Strike =>
  async (pool, random, devices) => {
    for (let i = 0; i < count; i++) await run(pool, random, devices);
  };

const plain =
  (strike: Strike): FaultCase["run"] =>
  async (...stage) => {
    await strike(...stage);
    return undefined;
  };

/** The cases of a suite; a fault that is to strike no time is left out. */
export function handoverCases(counts: FaultCounts): FaultCase[] {
  const { owners, secondaries, gateways, fullLogs, brokers, stores, others, standby } = counts;
  const cases: readonly (readonly [name: string, count: number, run: Strike])[] = [
    ["kill -9 of the host that owns most", owners, killHost("most")],
    ["kill -9 of the host that owns least", secondaries, killHost("fewest")],
    ["kill -9 of the broker", brokers, killBroker],
    ["kill -9 of the gateway, with the disk log, under live traffic", gateways, killGateway],
    ["kill -9 of the gateway with a full log", fullLogs, withFullLog((pool) => pool.killGateway())],
    ["kill -9 of a server of the store", stores, killStoreServer],
    ["zombie: SIGSTOP past suspicion, SIGCONT", others, zombie],
    ["link of a host cut", others, cutLink],
    ["link of a host half-open", others, halfOpen],
    ["flow of a host restarted by the editor", others, redeployHost],
    ["flow of a host restarted while its slots are shifted", others, redeployMidShift],
    ["flow of the gateway restarted", others, withFullLog((pool) => pool.redeploy(pool.gateway))],
    ["rolling restart of all hosts", Math.min(1, others), rollingRestart],
    ["rolling restart, each host drained first", Math.min(1, others), drainedRestart],
  ];
  const stands: FaultCase = {
    name: `kill -9 of the gateway that works, ${standby} ×, another stands by; zombie of it, ${others} ×`,
    run: standbyCase(standby, others),
  };
  const two: FaultCase = { name: "two gateways configured alike", run: plain(twoGateways(2 + 2 * others)) };
  return [
    { name: "no fault", run: plain(() => pause(4000)) },
    ...cases
      .filter(([, count]) => count > 0)
      .map(([name, count, run]) => ({ name: `${name}, ${count} ×`, run: plain(times(count, run)) })),
    ...(others > 0 ? [two] : []),
    ...(standby > 0 ? [stands] : []),
  ];
}
