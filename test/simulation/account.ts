import assert from "node:assert/strict";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import type { Emission, Fold } from "./sim-host.ts";
import { outputId, type SimStore } from "./sim-store.ts";

/** Outputs of a message: none, one or two. */
export function outputsOf(label: string): Record<string, unknown>[] {
  const count = label.length % 3;
  return Array.from({ length: count }, (_, index) => ({ payload: `${label}>${index}` }));
}

/** What was handed to the gateways against what came of it: the promise, checked. */
export class Account {
  /** Taken over by a gateway's side, e.g. "gw" and "rival": each has an order of its own. */
  readonly #offeredBy = new Map<string, string>();
  readonly #offered = new Map<string, string[]>();
  /** What died with a gateway before it was acknowledged: may be missing, may not be doubled. */
  readonly excused = new Set<string>();
  /** Told to be refused: may not take effect. */
  readonly refused = new Set<string>();
  repeats = 0;
  readonly #sunk = new Map<string, string[]>();
  readonly #sunkIds = new Map<string, string>();
  readonly #store: SimStore;

  constructor(store: SimStore) {
    this.#store = store;
  }

  offered(id: SlotId, label: string, side: string): void {
    const key = slotKey(id);
    const other = this.#offeredBy.get(label);
    assert.equal(other, undefined, `${label} is taken over by ${side}, and was by ${other}`);
    this.#offered.set(key, [...(this.#offered.get(key) ?? []), label]);
    this.#offeredBy.set(label, side);
  }

  checkCommitted(output: string): void {
    assert.ok(this.#store.committedOutputs.has(output), `${output} is emitted before its commit`);
  }

  sink({ id, seq, index, message }: Emission): void {
    const output = outputId(id, seq, index);
    const payload = String(message["payload"]);
    const before = this.#sunkIds.get(output);
    if (before !== undefined) {
      this.repeats++;
      assert.equal(payload, before, `${output} has two contents`);
      return;
    }
    this.#sunkIds.set(output, payload);
    const list = this.#sunk.get(slotKey(id)) ?? [];
    list.push(payload);
    this.#sunk.set(slotKey(id), list);
  }

  #foldOf(id: SlotId): Fold {
    return (this.#store.records.get(slotKey(id))?.record.state as Fold | undefined) ?? [];
  }

  /** All that the slot's state came with has arrived. */
  isSunk(id: SlotId): boolean {
    const outputs = this.#foldOf(id).reduce((sum, label) => sum + outputsOf(label).length, 0);
    return outputs <= (this.#sunk.get(slotKey(id))?.length ?? 0);
  }

  /** `sides`: of more than one, each keeps its own order, for routes have none between them. */
  check(id: SlotId, sides: readonly string[]): void {
    const key = slotKey(id);
    const fold = this.#foldOf(id);
    const committed = new Set(fold);
    const due = (this.#offered.get(key) ?? []).filter(
      (label) => committed.has(label) || !this.excused.has(label),
    );
    for (const label of fold) assert.ok(!this.refused.has(label), `${label} was refused`);
    assert.deepEqual(fold.toSorted(), due.toSorted(), `${key}: the state holds each message once`);
    for (const side of sides) {
      const own = (labels: readonly string[]): string[] =>
        labels.filter((label) => this.#offeredBy.get(label) === side);
      assert.deepEqual(own(fold), own(due), `${key}: messages of ${side} are in order`);
    }
    const outputs = fold.flatMap((label) => outputsOf(label).map(({ payload }) => String(payload)));
    assert.deepEqual(this.#sunk.get(key) ?? [], outputs, `${key}: outputs once, in order`);
  }
}
