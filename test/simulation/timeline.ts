import type { Millis } from "../../src/core/ports.ts";

interface Entry {
  readonly atMs: Millis;
  readonly order: number;
  readonly run: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Fake time: runs what is scheduled, in order of time (a binary heap; ties in order of scheduling). */
export class Timeline {
  nowMs: Millis = 0;
  readonly #heap: Entry[] = [];
  #order = 0;

  after(delayMs: Millis, run: () => void): void {
    const heap = this.#heap;
    const entry = { atMs: this.nowMs + delayMs, order: this.#order++, run };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Runs until `untilMs`, or until `isDone` holds (looked at after each entry). */
  run(untilMs: Millis, isDone: () => boolean = () => false): void {
    while (this.#heap.length > 0 && (this.#heap[0] as Entry).atMs <= untilMs) {
      const entry = this.#take();
      this.nowMs = entry.atMs;
      entry.run();
      if (isDone()) return;
    }
    this.nowMs = untilMs;
  }

  /** As `run`; after each entry what it has brought about is waited for. */
  async runSettling(
    untilMs: Millis,
    settle: () => Promise<void> | undefined,
    isDone: () => boolean = () => false,
  ): Promise<void> {
    while (this.#heap.length > 0 && (this.#heap[0] as Entry).atMs <= untilMs) {
      const entry = this.#take();
      this.nowMs = entry.atMs;
      entry.run();
      await settle();
      if (isDone()) return;
    }
    this.nowMs = untilMs;
  }

  #take(): Entry {
    const heap = this.#heap;
    const first = heap[0] as Entry;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child] as Entry)) child++;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
