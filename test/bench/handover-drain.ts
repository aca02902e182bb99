import { systemClock } from "../../src/adapters/clock.ts";
import { quantile } from "./handover-moves.ts";
import { BenchPool } from "./handover-pool.ts";
import type { Figure } from "./harness.ts";

const SESSIONS = 40;
/** Each session gets a message so often, ms. */
const EVERY_MS = 100;
const DRAINS = 12;

const ids = Array.from({ length: SESSIONS }, (_, i) => ({ sessionId: `meter-${i}`, slot: 0 }));

/** Hosts are drained in turn under load: how long each of their slots was held, and until a host was empty. */
export async function drains(brokerUrl: string, storePath: string): Promise<Figure[]> {
  const pool = new BenchPool(brokerUrl, storePath);
  const { gateway } = pool;
  for (const host of ["host-1", "host-2"]) pool.start(host);
  let at = 0;
  const timer = setInterval(() => {
    const id = ids[at++ % SESSIONS] as (typeof ids)[number];
    const atMs = systemClock.now();
    gateway.take(id, 1, 16);
    void gateway.offer(id, { payload: atMs, bytes: 16, atMs });
  }, EVERY_MS / SESSIONS);
  const ownedBy = (host: string): number => ids.filter((id) => gateway.take(id, 1, 0).owner === host).length;
  try {
    await pool.heard(2);
    await pool.until(() => ids.every((id) => gateway.take(id, 1, 0).epoch > 0), "all slots are open");
    const heldMs: number[] = [];
    const emptyMs: number[] = [];
    let givenUp = 0;
    gateway.onPlanEvent(({ kind, pauseMs }) => {
      if (kind === "shifted" && pauseMs !== undefined) heldMs.push(pauseMs);
      if (kind === "gave-up") givenUp++;
    });
    gateway.startPlanning();
    for (let i = 0; i < DRAINS; i++) {
      const host = i % 2 === 0 ? "host-1" : "host-2";
      const sinceMs = systemClock.now();
      gateway.drain({ host, isWanted: true });
      await pool.until(() => ownedBy(host) === 0, `${host} is empty`);
      emptyMs.push(systemClock.now() - sinceMs);
      gateway.drain({ host, isWanted: false });
    }
    const held = { unit: "ms", goalIs: "at-most" } as const;
    return [
      { name: "pause of a slot in a drain, p50", value: quantile(heldMs, 0.5), goal: 10, ...held },
      { name: "pause of a slot in a drain, p99", value: quantile(heldMs, 0.99), goal: 50, ...held },
      { name: "slots moved by drains", value: heldMs.length, unit: "slots" },
      { name: "moves given up in drains", value: givenUp, unit: "slots" },
      { name: `a host is empty after`, value: Math.max(...emptyMs), unit: "ms", rounds: emptyMs },
    ];
  } finally {
    clearInterval(timer);
    await pool.close();
  }
}
