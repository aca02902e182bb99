import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, Seq } from "../units.ts";
import { type LoggedMessage, type LoggedNumbering, messageEntry, numberingEntry } from "./log-entry.ts";
import type { OfferedMessage, RetainedStream } from "./protocol.ts";
import { slotKey } from "./slot-key.ts";

/** One entry of the log to be written; without a value it is deleted. */
export interface LogWrite {
  readonly key: string;
  readonly value?: unknown;
}

/** How a slot is numbered from an assignment on: its oldest `trims` messages are committed, the next has `acked` + 1. */
export interface Numbering {
  readonly trims: number;
  readonly acked: Seq;
}

interface LoggedSlot {
  readonly id: SlotId;
  /** Key of the entry that tells how the slot is numbered. */
  readonly name: number;
  /** Position of its oldest message among all that were logged of it. */
  first: number;
  /** Where its messages are, oldest first. */
  readonly cells: number[];
}

/** What is in a log, as it was read. */
export interface LogContents {
  readonly messages: Iterable<LoggedMessage>;
  readonly numberings: Iterable<LoggedNumbering>;
}

const cellKey = (cell: number): string => `m/${cell}`;
const nameKey = (name: number): string => `s/${name}`;

/** Numbers that are handed out and taken back: keys are used again, so that a log does not grow with what went through it. */
class Numbers {
  readonly #free: number[] = [];
  #next = 0;

  take(): number {
    return this.#free.pop() ?? this.#next++;
  }

  giveBack(number: number): void {
    this.#free.push(number);
  }

  /** Taken by an earlier start: all below it that nobody has are not worth remembering. */
  skip(number: number): void {
    this.#next = Math.max(this.#next, number + 1);
  }
}

/**
 * Where each retained message is in the log, and the numbers it was sent under. Rests on writes being done in the order
 * in which they are returned here; any number of the last ones may be missing after a crash.
 * A message is identified by its position in its slot, because its number may change until it is committed.
 */
export class LogBook {
  readonly #slots = new Map<string, LoggedSlot>();
  readonly #cells = new Numbers();
  readonly #names = new Numbers();
  #messages = 0;

  append(id: SlotId, message: OfferedMessage): LogWrite {
    const slot = this.#slot(id);
    const cell = this.#cells.take();
    const position = slot.first + slot.cells.length;
    slot.cells.push(cell);
    this.#messages++;
    return { key: cellKey(cell), value: messageEntry({ id: slot.id, position, message }) };
  }

  /** To be on disk before anything is sent in this epoch: the record tells later what of it was committed. */
  numbered(id: SlotId, epoch: Epoch, { trims, acked }: Numbering): LogWrite {
    const { id: own, name, first } = this.#slot(id);
    return { key: nameKey(name), value: numberingEntry({ id: own, epoch, position: first + trims, acked }) };
  }

  /** Position of the slot's oldest message. */
  first(id: SlotId): number {
    return this.#slots.get(slotKey(id))?.first ?? 0;
  }

  /** Messages of the slot that are in it. */
  count(id: SlotId): number {
    return this.#slots.get(slotKey(id))?.cells.length ?? 0;
  }

  /**
   * The entry is gone, and its key may be used again. Not before: a group of writes that is repeated after it was done,
   * and nobody told, would take away what has the key since, and a crash in that moment leave a gap.
   */
  deleted(key: string): void {
    const numbers = key.startsWith("m/") ? this.#cells : this.#names;
    numbers.giveBack(Number(key.slice(2)));
  }

  /** No message of any slot is in it. */
  get isEmpty(): boolean {
    return this.#messages === 0;
  }

  /** The oldest `count` of the slot are committed. Of a slot that was never logged nothing has to be known. */
  trimmed(id: SlotId, count: number): LogWrite[] {
    const slot = this.#slots.get(slotKey(id));
    if (!slot) return [];
    const cells = slot.cells.splice(0, count);
    slot.first += cells.length;
    this.#messages -= cells.length;
    return cells.map((cell) => ({ key: cellKey(cell) }));
  }

  /** The slot is closed: nothing of it has to be known, unless messages are in the log. */
  forget(id: SlotId): LogWrite[] {
    const key = slotKey(id);
    const slot = this.#slots.get(key);
    if (!slot || slot.cells.length > 0) return [];
    this.#slots.delete(key);
    return [{ key: nameKey(slot.name) }];
  }

  /**
   * Takes over what an earlier start left; returns what was retained. To be written before anything else: what is known
   * to be committed is removed, and where the messages end that the earlier start may have sent.
   */
  open({ messages, numberings }: LogContents): { streams: RetainedStream[]; writes: LogWrite[] } {
    const known = new Map<string, LoggedNumbering>();
    for (const numbering of numberings) {
      this.#names.skip(numbering.name);
      known.set(slotKey(numbering.id), numbering);
    }
    const bySlot = new Map<string, LoggedMessage[]>();
    for (const message of messages) {
      this.#cells.skip(message.cell);
      const of = bySlot.get(slotKey(message.id));
      if (of) of.push(message);
      else bySlot.set(slotKey(message.id), [message]);
    }
    const streams: RetainedStream[] = [];
    const writes: LogWrite[] = [];
    for (const [key, of] of bySlot) {
      const stream = this.#reopen(key, of, known.get(key), writes);
      if (stream) streams.push(stream);
    }
    for (const [key, { name }] of known) {
      if (this.#slots.has(key)) continue;
      writes.push({ key: nameKey(name) });
    }
    return { streams, writes };
  }

  #reopen(
    key: string,
    of: readonly LoggedMessage[],
    numbering: LoggedNumbering | undefined,
    writes: LogWrite[],
  ): RetainedStream | undefined {
    const from = numbering?.position ?? 0;
    const left = of.filter(({ position }) => position >= from).sort((a, b) => a.position - b.position);
    for (const { position, cell } of of) {
      if (position >= from) continue;
      writes.push({ key: cellKey(cell) });
    }
    const [oldest] = left;
    if (!oldest) return undefined;
    const { id, position: first } = oldest;
    const name = numbering?.name ?? this.#names.take();
    this.#slots.set(key, { id, name, first, cells: left.map(({ cell }) => cell) });
    this.#messages += left.length;
    const end = numbering?.end ?? first + left.length;
    if (numbering && numbering.end === undefined)
      writes.push({ key: nameKey(name), value: numberingEntry({ ...numbering, end }) });
    return {
      id,
      epoch: numbering?.epoch ?? 0,
      acked: numbering ? numbering.acked + first - from : 0,
      messages: left.map(({ message }) => message),
      sent: Math.max(0, end - first),
    };
  }

  #slot({ sessionId, slot: index }: SlotId): LoggedSlot {
    const key = slotKey({ sessionId, slot: index });
    let slot = this.#slots.get(key);
    if (!slot) {
      slot = { id: { sessionId, slot: index }, name: this.#names.take(), first: 0, cells: [] };
      this.#slots.set(key, slot);
    }
    return slot;
  }
}
