import { systemClock } from "../../src/adapters/clock.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import type { OutputNews } from "./handover-host.ts";
import { BenchPool } from "./handover-pool.ts";
import { type Figure, roundsWanted } from "./harness.ts";

const SESSION = "cam-7";
const SLOTS = 4;
/** Each slot gets a message so often, ms: a shift that takes longer holds some. */
const EVERY_MS = 20;
const SHIFTS = 200;
const FAILOVERS = 5;

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const slotId = (slot: number): SlotId => ({ sessionId: SESSION, slot });

/** Devices that send to every slot, steadily. */
class Traffic {
  readonly #pool: BenchPool;
  readonly #timer: NodeJS.Timeout;
  /** Latest output of each slot's new owner is what a move is timed by. */
  readonly #waiting = new Map<number, { epoch: number; resolve: (news: OutputNews) => void }>();

  constructor(pool: BenchPool) {
    this.#pool = pool;
    this.#timer = setInterval(() => this.#send(), EVERY_MS);
    pool.onOutput((news) => {
      const waiting = this.#waiting.get(news.slot);
      if (!waiting || news.epoch <= waiting.epoch) return;
      this.#waiting.delete(news.slot);
      waiting.resolve(news);
    });
  }

  #send(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const atMs = systemClock.now();
      const message = { payload: atMs, bytes: 16, atMs };
      this.#pool.gateway.take(slotId(slot), SLOTS, 16);
      void this.#pool.gateway.offer(slotId(slot), message);
    }
  }

  /** The slot's first output of a later epoch. */
  first(slot: number): Promise<OutputNews> {
    const { epoch } = this.#pool.gateway.take(slotId(slot), SLOTS, 0);
    return new Promise((resolve) => this.#waiting.set(slot, { epoch, resolve }));
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

const ownerOf = (pool: BenchPool, slot: number): string | undefined =>
  pool.gateway.take(slotId(slot), SLOTS, 0).owner;

/** Planned shifts of slots with 64 kB of state under traffic: how long the route held each, and how long the first message after it took. */
async function shifts(pool: BenchPool, traffic: Traffic): Promise<Figure[]> {
  const heldMs: number[] = [];
  const feltMs: number[] = [];
  for (let i = 0; i < roundsWanted(SHIFTS); i++) {
    const slot = i % SLOTS;
    const to = ownerOf(pool, slot) === "host-1" ? "host-2" : "host-1";
    const first = traffic.first(slot);
    const done = pool.event(
      ({ kind, slot: of }) => (kind === "shifted" || kind === "gave-up") && of === slot,
    );
    pool.gateway.shift({ id: slotId(slot), to, reason: "bench" });
    const { kind, atMs, pauseMs = Number.NaN } = await done;
    // A host that a busy machine kept from its heartbeat: nothing was held.
    if (kind === "gave-up") {
      await pause(1000);
      continue;
    }
    const { offeredAtMs, deliveredAtMs } = await first;
    heldMs.push(pauseMs);
    feltMs.push(deliveredAtMs - Math.max(atMs - pauseMs, offeredAtMs));
    await pause(20 + ((i * 7) % 20));
  }
  return [
    {
      name: "pause of a slot in a planned shift, p50",
      value: quantile(heldMs, 0.5),
      unit: "ms",
      goal: 10,
      goalIs: "at-most",
    },
    {
      name: "pause of a slot in a planned shift, p99",
      value: quantile(heldMs, 0.99),
      unit: "ms",
      goal: 50,
      goalIs: "at-most",
    },
    { name: "first message after it, offered to its flow, p50", value: quantile(feltMs, 0.5), unit: "ms" },
    { name: "first message after it, offered to its flow, p99", value: quantile(feltMs, 0.99), unit: "ms" },
  ];
}

/** The owner ends (the broker tells by its last will), or hangs and says nothing (its heartbeats are missed). */
const LOSSES = { killed: "SIGKILL", hangs: "SIGSTOP" } as const;

/** Until the gateway suspects the owner, and from there to the first output on another host. */
async function failovers(pool: BenchPool, traffic: Traffic, loss: keyof typeof LOSSES): Promise<Figure[]> {
  const detectMs: number[] = [];
  const restMs: number[] = [];
  let locked = 0;
  for (let i = 0; i < FAILOVERS; i++) {
    const owner = ownerOf(pool, 0) ?? "host-1";
    const first = traffic.first(0);
    const moved = pool.event(({ kind, slot }) => kind === "failed-over" && slot === 0);
    const suspected = pool.suspected(owner);
    const lostAtMs = systemClock.now();
    pool.hosts.get(owner)?.kill(LOSSES[loss]);
    const suspectAtMs = await suspected;
    detectMs.push(suspectAtMs - lostAtMs);
    // Stopped within a write it keeps the SQLite file locked, for everybody: told as a figure of its own.
    const isMoved = await moved.then(
      () => true,
      () => false,
    );
    if (isMoved) restMs.push((await first).atMs - suspectAtMs);
    else locked++;
    await pool.kill(owner);
    pool.start(owner);
    await pool.heard(2);
    await pause(1000);
  }
  return [
    {
      name: `failover, owner ${loss}: ${LOSSES[loss]} to suspect`,
      value: Math.max(...detectMs),
      unit: "ms",
      goal: 2000,
      goalIs: "at-most",
      rounds: detectMs,
    },
    {
      name: `failover, owner ${loss}: to first output elsewhere`,
      value: Math.max(...restMs),
      unit: "ms",
      goal: 100,
      goalIs: "at-most",
      rounds: restMs,
    },
    { name: `failover, owner ${loss}: it kept the store locked`, value: locked, unit: "times" },
  ];
}

export async function moves(brokerUrl: string, storePath: string): Promise<Figure[]> {
  const pool = new BenchPool(brokerUrl, storePath);
  for (const host of ["host-1", "host-2"]) pool.start(host);
  try {
    await pool.heard(2);
    await pause(600);
    const traffic = new Traffic(pool);
    await Promise.all(
      Array.from({ length: SLOTS }, (_, slot) => slot).map((slot) =>
        pool.until(() => pool.gateway.take(slotId(slot), SLOTS, 0).epoch > 0, `slot ${slot} is open`),
      ),
    );
    await pause(500);
    const figures = [
      ...(await shifts(pool, traffic)),
      ...(await failovers(pool, traffic, "killed")),
      ...(await failovers(pool, traffic, "hangs")),
    ];
    traffic.end();
    return figures;
  } finally {
    await pool.close();
  }
}
