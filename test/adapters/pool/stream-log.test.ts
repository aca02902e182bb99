import assert from "node:assert/strict";
import { StreamLog } from "../../../src/adapters/pool/stream-log.ts";
import type { CasResult } from "../../../src/core/record/store-driver.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";

const ID = { sessionId: "cam-7", slot: 0 };
const message = (payload: number) => ({ payload, bytes: 10, atMs: 5 });

/** A file whose groups can be done without anybody being told, or in their first writes only. */
class FailingDriver extends MemoryDriver {
  writes: string[] = [];
  /** Of the next writes so many are done, and all of them fail. */
  #done: number | undefined;

  fails(done: number): void {
    this.#done = done;
  }

  works(): void {
    this.#done = undefined;
  }

  #isDone(): boolean {
    this.#done = this.#done === undefined ? undefined : this.#done - 1;
    return this.#done === undefined || this.#done >= 0;
  }

  async #told<T>(result: Promise<T> | undefined): Promise<T> {
    const value = await result;
    if (this.#done !== undefined || value === undefined) throw new Error("disk full");
    return value;
  }

  override put(key: string, value: Uint8Array): Promise<number> {
    this.writes.push(`put ${key}`);
    return this.#told(this.#isDone() ? super.put(key, value) : undefined);
  }

  override delete(key: string): Promise<CasResult> {
    this.writes.push(`delete ${key}`);
    return this.#told(this.#isDone() ? super.delete(key) : undefined);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
/** A file that can't be written is tried again in the next turn. */
const later = (run: () => void): (() => void) => {
  const next = setImmediate(run);
  return () => clearImmediate(next);
};

describe("StreamLog", () => {
  it("leaves no gap where a group is written again and a crash comes then", async () => {
    const driver = new FailingDriver();
    const log = new StreamLog({ driver, later, onError: () => undefined });
    await log.open();
    log.start();
    await log.number(ID, 1, { trims: 0, acked: 0 });
    await Promise.all([log.append(ID, message(1)), log.append(ID, message(2))]);
    log.trimmed(ID, 2);
    driver.fails(Number.POSITIVE_INFINITY);
    for (const n of [3, 4]) log.append(ID, message(n)).catch(() => undefined);
    while (!driver.writes.includes("put m/3")) await turn();
    // Done without anybody being told; of the next try the first write only.
    driver.fails(1);
    const before = driver.writes.length;
    while (driver.writes.length === before) await turn();
    const [stream] = (await new StreamLog({ driver, onError: () => undefined }).open()) ?? [];
    assert.deepEqual(
      stream?.messages.map(({ payload }) => payload),
      [3, 4],
    );
    assert.equal(stream?.acked, 2);
    driver.works();
    await log.close();
  });
});
