import type { Clock, Millis, Random } from "../core/ports.ts";
import type { Due, Source } from "./devices.ts";
import { payloadOf, topicLevel, topicOf } from "./payload.ts";

/** Publishes at QoS 1; `done` comes with the broker's PUBACK. */
export type Publish = (topic: string, payload: string | Buffer, done: (error?: Error | null) => void) => void;

/** Told of every message; names as they stand in topics, since that is how the far end will know them. */
export interface FleetObserver {
  sent(device: string, key: string, n: number, atMs: Millis): void;
  /** The broker refused it or is gone. */
  unsent(device: string, key: string, n: number): void;
}

export interface FleetOptions {
  readonly sources: readonly Source[];
  readonly publish: Publish;
  readonly observer: FleetObserver;
  readonly clock: Clock;
  readonly random: Random;
  /** Messages without a PUBACK at which the fleet waits rather than pile up more. */
  readonly maxUnacknowledged?: number;
}

interface Device {
  readonly source: Source;
  /** Its next message; undefined: it has no more. */
  due: Due | undefined;
  /** Last number per channel. */
  readonly numbers: Map<string, number>;
}

/** How often the fleet looks what is due. */
const TICK_MS = 10;

/** Sends each source's messages when they are due, numbered per (device, channel) from 1, in order per key. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #devices: Device[];
  #startMs: Millis = 0;
  #timer: NodeJS.Timeout | undefined;
  #unacknowledged = 0;
  #whenAcknowledged: (() => void)[] = [];
  #whenDone: (() => void) | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#devices = options.sources.map((source) => ({ source, due: source.next(), numbers: new Map() }));
  }

  get size(): number {
    return this.#devices.length;
  }

  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  /** Every source has come to its end (a trace's; the default fleet's never do). */
  get isDone(): boolean {
    return this.#devices.every(({ due }) => due === undefined);
  }

  /** Starts sending; resolves when every source has come to its end. */
  start(): Promise<void> {
    this.#startMs = this.#options.clock.now();
    this.#timer = setInterval(() => this.tick(), TICK_MS);
    return new Promise((resolve) => {
      this.#whenDone = resolve;
    });
  }

  /** Stops sending; resolves when everything sent got its PUBACK. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#unacknowledged === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenAcknowledged.push(resolve));
  }

  /** Sends what is due. Late ticks catch up; order across devices within a tick does not matter. */
  tick(): void {
    const nowMs = this.#options.clock.now() - this.#startMs;
    const most = this.#options.maxUnacknowledged ?? 2_000;
    for (const device of this.#devices) {
      while (device.due && device.due.dueMs <= nowMs && this.#unacknowledged < most) {
        this.#send(device, device.due);
        device.due = device.source.next();
      }
    }
    if (this.isDone) this.#whenDone?.();
  }

  #send(device: Device, due: Due): void {
    const { observer, clock, random, publish } = this.#options;
    const n = (device.numbers.get(due.channel) ?? 0) + 1;
    device.numbers.set(due.channel, n);
    const name = topicLevel(due.device);
    const key = topicLevel(due.channel);
    const atMs = clock.now();
    observer.sent(name, key, n, atMs);
    this.#unacknowledged++;
    publish(topicOf(due), payloadOf(due, n, atMs, random), (error) => {
      this.#unacknowledged--;
      if (error) observer.unsent(name, key, n);
      if (this.#unacknowledged === 0) for (const resolve of this.#whenAcknowledged.splice(0)) resolve();
    });
  }
}
