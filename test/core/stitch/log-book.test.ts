import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import type { SlotId } from "../../../src/core/record/slot-record.ts";
import { LogBook, type LogWrite } from "../../../src/core/stitch/log-book.ts";
import {
  type LoggedMessage,
  type LoggedNumbering,
  readLogEntry,
} from "../../../src/core/stitch/log-entry.ts";
import type { RetainedStream } from "../../../src/core/stitch/protocol.ts";

const ids = ["cam-7", "cam-8", "__proto__"].map((sessionId, slot) => ({ sessionId, slot }));
const message = (payload: number) => ({ payload, topic: "t", props: { a: 1 }, bytes: 10, atMs: 5 });

/** What is on disk, written in order. */
class Disk {
  readonly entries = new Map<string, unknown>();
  write(writes: readonly LogWrite[]): void {
    for (const { key, value } of writes)
      if (value === undefined) this.entries.delete(key);
      else this.entries.set(key, value);
  }
  open(book: LogBook): RetainedStream[] {
    const messages: LoggedMessage[] = [];
    const numberings: LoggedNumbering[] = [];
    for (const [key, value] of this.entries) {
      const entry = readLogEntry(key, value);
      if ("cell" in entry) messages.push(entry);
      else numberings.push(entry);
    }
    const { streams, writes } = book.open({ messages, numberings });
    this.write(writes);
    return streams;
  }
}

/** A log beside a model of what it has to know. */
class Run {
  readonly #disk = new Disk();
  readonly #slots = ids.map((id) => ({ id, left: [] as number[], epoch: 0, acked: 0 }));
  #book = new LogBook();
  #n = 0;

  append(slot: number): void {
    const of = this.#of(slot);
    of.left.push(++this.#n);
    this.#disk.write([this.#book.append(of.id, message(this.#n))]);
  }

  /** Nothing is committed before it is numbered. */
  trim(slot: number, count: number): void {
    const of = this.#of(slot);
    if (of.epoch === 0) return;
    of.acked += of.left.splice(0, count).length;
    this.#disk.write(this.#book.trimmed(of.id, count));
  }

  number(slot: number, count: number): void {
    const of = this.#of(slot);
    of.epoch++;
    of.acked += count;
    this.#disk.write([this.#book.numbered(of.id, of.epoch, { trims: 0, acked: of.acked })]);
  }

  crash(): void {
    this.#book = new LogBook();
    const streams = this.#disk.open(this.#book);
    for (const of of this.#slots) {
      const stream = streams.find(({ id }) => id.sessionId === of.id.sessionId);
      assert.deepEqual(stream?.messages.map(({ payload }) => payload) ?? [], of.left);
      if (stream) assert.deepEqual([stream.epoch, stream.acked], [of.epoch, of.acked]);
      // Without messages nothing has to be known: the record tells where to go on.
      else Object.assign(of, { epoch: 0, acked: 0 });
    }
  }

  #of(slot: number): { id: SlotId; left: number[]; epoch: number; acked: number } {
    const of = this.#slots[slot];
    assert.ok(of);
    return of;
  }
}

describe("LogBook", () => {
  it("gives back what was logged, under the numbers it was sent with", () => {
    const [id] = ids as [(typeof ids)[number]];
    const disk = new Disk();
    const book = new LogBook();
    disk.write([book.append(id, message(1)), book.append(id, message(2))]);
    disk.write([book.numbered(id, 4, { trims: 0, acked: 10 }), book.append(id, message(3))]);
    disk.write(book.trimmed(id, 1));
    const [stream] = disk.open(new LogBook());
    assert.deepEqual(stream, { id, epoch: 4, acked: 11, messages: [message(2), message(3)], sent: 2 });
  });

  it("drops what a numbering tells to be committed, though its deletion did not reach the disk", () => {
    const [id] = ids as [(typeof ids)[number]];
    const disk = new Disk();
    const book = new LogBook();
    disk.write([book.append(id, message(1)), book.append(id, message(2))]);
    disk.write([book.numbered(id, 2, { trims: 1, acked: 7 })]);
    const [stream] = disk.open(new LogBook());
    assert.deepEqual(stream, { id, epoch: 2, acked: 7, messages: [message(2)], sent: 1 });
    assert.equal(disk.entries.size, 2, "the committed message's entry is gone");
  });

  it("tells what an earlier start may have sent from what came after it, over any number of starts", () => {
    const [id] = ids as [(typeof ids)[number]];
    const disk = new Disk();
    const first = new LogBook();
    // Retained in memory and sent before, of which a crash lets one message reach the disk.
    disk.write([first.numbered(id, 4, { trims: 0, acked: 10 }), first.append(id, message(1))]);
    const second = new LogBook();
    assert.equal(disk.open(second)[0]?.sent, 1);
    disk.write([second.append(id, message(3))]);
    for (let start = 0; start < 2; start++) {
      const [stream] = disk.open(new LogBook());
      const expected = { id, epoch: 4, acked: 10, messages: [message(1), message(3)], sent: 1 };
      assert.deepEqual(stream, expected);
    }
  });

  it("uses keys again: the file grows with what is retained, not with what went through", () => {
    const [id] = ids as [(typeof ids)[number]];
    const book = new LogBook();
    const keys = new Set<string>();
    for (let n = 0; n < 1000; n++) {
      keys.add(book.append(id, message(n)).key);
      for (const { key } of book.trimmed(id, 1)) book.deleted(key);
    }
    assert.equal(keys.size, 1);
  });

  it("uses no key again before what had it is deleted", () => {
    const [id] = ids as [(typeof ids)[number]];
    const book = new LogBook();
    const { key } = book.append(id, message(1));
    book.trimmed(id, 1);
    assert.notEqual(book.append(id, message(2)).key, key);
  });

  it("forgets a closed slot, but none with messages", () => {
    const [id] = ids as [(typeof ids)[number]];
    const book = new LogBook();
    book.append(id, message(1));
    assert.deepEqual(book.forget(id), []);
    book.trimmed(id, 1);
    assert.equal(book.forget(id).length, 1);
    assert.deepEqual(book.forget(id), []);
  });

  it("knows after any crash each message that was not committed, in order, with its number", () => {
    const step = fc.record({
      slot: fc.nat(2),
      kind: fc.constantFrom("append", "append", "append", "trim", "number", "crash"),
      count: fc.nat(3),
    } as const);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const run = new Run();
        for (const { slot, kind, count } of steps) run[kind](slot, count);
        run.crash();
      }),
    );
  });
});

describe("readLogEntry", () => {
  it("throws nothing but BAD_RECORD, whatever a file holds", () => {
    const key = fc.oneof(fc.string(), fc.constantFrom("m/1", "s/2", "m/99999999999999999999"));
    fc.assert(
      fc.property(key, fc.anything(), (name, value) => {
        try {
          readLogEntry(name, value);
        } catch (error) {
          assert.ok(error instanceof StitchError && error.code === "BAD_RECORD", String(error));
        }
      }),
    );
  });
});
