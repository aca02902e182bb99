import { StitchError } from "../../core/errors.ts";
import type { ReplicaEntry } from "./replica.ts";

/** Of a property's place in the queue; a number, a date, a boolean. */
const ENTRY_BYTES = 100;
const SCALAR_BYTES = 9;
/** Below that, parts that are set one by one are only added up. */
const MEASURED_BYTES = 65_536;

/** About as many bytes as plain data takes in the store. */
export function plainSize(value: unknown): number {
  if (typeof value === "string") return value.length + SCALAR_BYTES;
  if (value === null || typeof value !== "object") return SCALAR_BYTES;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength + SCALAR_BYTES;
  let size = SCALAR_BYTES;
  if (Array.isArray(value)) for (const part of value) size += plainSize(part);
  else for (const name of Object.keys(value)) size += name.length + plainSize((value as never)[name]);
  return size;
}

/** A value of a property, or a part of it, that is to be set. */
export interface Addition {
  readonly entry: ReplicaEntry;
  readonly bytes: number;
  /** It replaces what waits; else it is added to that. */
  readonly isWhole: boolean;
}

/** What is set and not stored yet takes memory: counted by property, and bounded. */
export class PendingBytes {
  readonly #max: number;
  readonly #waiting = new Map<ReplicaEntry, number>();
  /** When a property's value was last looked at as a whole. */
  readonly #measured = new Map<ReplicaEntry, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get total(): number {
    return this.#total;
  }

  /** Throws StitchError `BUFFER_FULL` where all of it is too much; what is alone is never. */
  check(additions: readonly Addition[]): void {
    let more = 0;
    for (const { entry, bytes, isWhole } of additions)
      more += bytes + ENTRY_BYTES - (isWhole ? (this.#waiting.get(entry) ?? 0) : 0);
    if (more <= 0 || this.#total === 0 || this.#total + more <= this.#max) return;
    const text = `context values that wait for the store hold ${this.#total} bytes, at most ${this.#max} may: not set`;
    throw new StitchError("BUFFER_FULL", text);
  }

  add({ entry, bytes, isWhole }: Addition): void {
    const waiting = isWhole ? ENTRY_BYTES : (this.#waiting.get(entry) ?? ENTRY_BYTES);
    this.#set(entry, waiting + bytes);
  }

  /** After a part was set: parts that replace each other must not add up for ever. */
  measure(entry: ReplicaEntry): void {
    const waiting = this.#waiting.get(entry) ?? 0;
    if (waiting < Math.max(MEASURED_BYTES, 2 * (this.#measured.get(entry) ?? 0))) return;
    const bytes = ENTRY_BYTES + plainSize(entry.value);
    this.#measured.set(entry, bytes);
    this.#set(entry, Math.min(waiting, bytes));
  }

  /** A write of what waits begins: it counts until it is released or waits again. */
  begin(entry: ReplicaEntry): number {
    const bytes = this.#waiting.get(entry) ?? 0;
    this.#waiting.delete(entry);
    this.#measured.delete(entry);
    return bytes;
  }

  release(bytes: number): void {
    this.#total -= bytes;
  }

  /** The write failed: what has been set since replaces it, mostly. */
  again(entry: ReplicaEntry, bytes: number): void {
    this.#total -= bytes;
    this.#set(entry, Math.max(bytes, this.#waiting.get(entry) ?? 0));
  }

  #set(entry: ReplicaEntry, bytes: number): void {
    this.#total += bytes - (this.#waiting.get(entry) ?? 0);
    this.#waiting.set(entry, bytes);
  }
}
