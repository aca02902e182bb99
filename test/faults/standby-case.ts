import type { Random } from "../../src/core/ports.ts";
import { between } from "../../src/demo/random.ts";
import type { CaseResult, Devices } from "./handover-cases.ts";
import type { PoolUnderTest } from "./pool-under-test.ts";

const GATEWAYS = ["one", "two"];
/** A lease that was not renewed has run out by then. */
const PAST_LEASE_MS = 3000;
/** What the help promises. */
const TAKEOVER_MS = 2000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** From the end of the one that works until another says that it does, ms. */
async function takeover(devices: Devices, active: string, end: () => void): Promise<number> {
  const next = devices.nextActive(active);
  const sinceMs = performance.now();
  end();
  await next;
  return performance.now() - sinceMs;
}

/**
 * Two gateways of which one works: it is killed, and started again to stand by; or it stands still for longer than its
 * lease and goes on as if nothing had happened, with messages in its sockets that the broker gave to the other as well:
 * what both say that they took may come out twice (QoS 1), and nothing else.
 */
export const standbyCase =
  (kills: number, zombies: number) =>
  async (pool: PoolUnderTest, random: Random, devices: Devices): Promise<CaseResult> => {
    const before = devices.again;
    devices.pause();
    await devices.arrived();
    await pool.stopGateway("gateway");
    await devices.throughBroker(pool.brokerUrl);
    const first = devices.nextActive();
    for (const name of GATEWAYS) await pool.startStandby(name);
    await first;
    const takeoverMs: number[] = [];
    let late = 0;
    for (let i = 0; i < kills + zombies; i++) {
      devices.run();
      await pause(between(random, 1000, 2500));
      const { active } = devices;
      const red = pool.gatewayCalled(active);
      const isKill = i < kills;
      const end = (): void => void process.kill(red.pid, isKill ? "SIGKILL" : "SIGSTOP");
      takeoverMs.push(await takeover(devices, active, end));
      await pause(between(random, 0, PAST_LEASE_MS));
      devices.pause();
      late += await devices.leftBehind();
      if (isKill) {
        pool.kills++;
        await red.ended;
        await pool.startStandby(active);
      } else process.kill(red.pid, "SIGCONT");
      await devices.accounted();
    }
    for (const name of GATEWAYS) await pool.stopGateway(name);
    await devices.throughBroker("");
    const isBack = devices.resubscribed();
    await pool.startGateway("gateway");
    await isBack;
    devices.run();
    const longest = Math.max(...takeoverMs);
    const range = `${Math.round(Math.min(...takeoverMs))} to ${Math.round(longest)} ms`;
    if (longest > TAKEOVER_MS) throw new Error(`taken over after ${range}, promised are ${TAKEOVER_MS} ms`);
    const again = devices.again - before;
    const told = `taken over after ${range}, ${late} late from one that was dead, ${again} given to both by the devices' broker`;
    return { told, late, again };
  };
