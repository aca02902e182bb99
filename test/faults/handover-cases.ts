import type { Random } from "../../src/core/ports.ts";
import { between } from "../../src/demo/random.ts";
import type { PoolUnderTest } from "./pool-under-test.ts";

/** The devices' side of the pool. */
export interface Devices {
  /** Stands still: no device sends. */
  pause(): void;
  run(): void;
  /** Resolves when the gateway is done with every message that was sent. */
  taken(): Promise<void>;
  /** Resolves when a gateway subscribes to the devices' messages from now on. */
  resubscribed(): Promise<void>;
}

export interface FaultCase {
  readonly name: string;
  readonly run: (pool: PoolUnderTest, random: Random, devices: Devices) => Promise<void>;
}

/** Longer than three heartbeats: the gateway takes the host for lost. */
const PAST_SUSPICION_MS = 4000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function anyHost(pool: PoolUnderTest, random: Random): string {
  const hosts = [...pool.hosts.keys()];
  return hosts[Math.floor(random.next() * hosts.length)] ?? "host-1";
}

async function killHost(pool: PoolUnderTest, random: Random): Promise<void> {
  const host = anyHost(pool, random);
  const red = pool.hosts.get(host);
  red?.kill();
  await red?.ended;
  await pause(between(random, 0, 1500));
  await pool.startHost(host);
  await pause(between(random, 300, 1500));
}

async function zombie(pool: PoolUnderTest, random: Random): Promise<void> {
  const pid = pool.hosts.get(anyHost(pool, random))?.pid;
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

/** The editor's "Restart flows". */
async function redeploy(pool: PoolUnderTest, random: Random): Promise<void> {
  const port = pool.hosts.get(anyHost(pool, random))?.editorPort;
  const headers = { "content-type": "application/json", "Node-RED-Deployment-Type": "reload" };
  const response = await fetch(`http://127.0.0.1:${port}/flows`, { method: "POST", headers, body: "{}" });
  if (!response.ok) throw new Error(`redeploy: ${response.status} ${await response.text()}`);
  await pause(2500);
}

/**
 * Something happens to the gateway while no host answers, so that all it has is its log. Devices pause, because what
 * a broker hands to a gateway that is not there is not the gateway's to keep.
 */
const withFullLog =
  (interrupt: (pool: PoolUnderTest) => Promise<void>): FaultCase["run"] =>
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

/** The editor's "Restart flows" on the gateway. */
async function redeployGateway({ gateway }: PoolUnderTest): Promise<void> {
  const headers = { "content-type": "application/json", "Node-RED-Deployment-Type": "reload" };
  const url = `http://127.0.0.1:${gateway.editorPort}/flows`;
  const response = await fetch(url, { method: "POST", headers, body: "{}" });
  if (!response.ok) throw new Error(`redeploy: ${response.status} ${await response.text()}`);
}

const times =
  (count: number, run: FaultCase["run"]): FaultCase["run"] =>
  async (pool, random, devices) => {
    for (let i = 0; i < count; i++) await run(pool, random, devices);
  };

/** Cases with `kills` SIGKILLs in all: a quarter of them of the broker, a quarter of the gateway, the others of hosts. */
export function handoverCases(kills: number): FaultCase[] {
  const brokerKills = Math.max(1, Math.floor(kills / 4));
  const gatewayKills = brokerKills;
  const hostKills = Math.max(1, kills - brokerKills - gatewayKills);
  const some = Math.max(2, Math.round(kills / 10));
  return [
    { name: "no fault", run: () => pause(5000) },
    { name: `kill -9 of hosts, ${hostKills} times`, run: times(hostKills, killHost) },
    {
      name: `kill -9 of the broker, ${brokerKills} times`,
      run: times(brokerKills, async (pool, random) => {
        await pool.killBroker(between(random, 0, 3000));
        await pause(4000);
      }),
    },
    {
      name: `gateway killed, with the disk log, ${gatewayKills} times`,
      run: times(
        gatewayKills,
        withFullLog((pool) => pool.killGateway()),
      ),
    },
    { name: `flow of the gateway restarted, ${some} times`, run: times(some, withFullLog(redeployGateway)) },
    { name: `zombies: SIGSTOP past suspicion, SIGCONT, ${some} times`, run: times(some, zombie) },
    { name: `link of a host cut, ${some} times`, run: times(some, cutLink) },
    { name: `link of a host half-open, ${some} times`, run: times(some, halfOpen) },
    { name: `flow of a host restarted by the editor, ${some} times`, run: times(some, redeploy) },
    { name: "rolling restart of all hosts", run: rollingRestart },
    { name: "rolling restart, each host drained first", run: drainedRestart },
  ];
}
