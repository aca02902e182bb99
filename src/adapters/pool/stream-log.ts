import { StitchError } from "../../core/errors.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { StoreDriver, StoreEntry } from "../../core/record/store-driver.ts";
import { LogBook, type LogContents, type LogWrite, type Numbering } from "../../core/stitch/log-book.ts";
import { type LoggedMessage, type LoggedNumbering, readLogEntry } from "../../core/stitch/log-entry.ts";
import type { OfferedMessage, RetainedStream } from "../../core/stitch/protocol.ts";
import { slotKey } from "../../core/stitch/slot-key.ts";
import type { Epoch } from "../../core/units.ts";
import { decodeValue, encodeValue } from "../store/value-codec.ts";
import { costOf } from "./message-cost.ts";

export interface StreamLogOptions {
  /** Of a file that nothing else uses. */
  readonly driver: StoreDriver;
  /** A file that can't be written is tried again after so long. */
  readonly retryMs?: number;
  /** Runs something after so long; returns how to call it off. */
  readonly later?: (run: () => void, ms: number) => () => void;
  readonly onError: (error: Error) => void;
}

/** Most writes of one transaction: what waits behind it is not kept waiting for ever. */
const MAX_GROUP = 2000;
const RETRY_MS = 1000;
/** A message's bytes are counted roughly: a letter may take three, and is counted as one. */
const WIDEST = 4;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function byTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

interface Waiting {
  readonly key: string;
  /** undefined: deletes the entry. */
  readonly value: Uint8Array | undefined;
  /** On disk, or never. */
  readonly settle: ((error?: Error) => void) | undefined;
  /** Somebody waits for it. */
  readonly isUrgent: boolean;
}

/**
 * What a gateway has taken over, on disk. Writes are done in the order they were asked for, one group (one transaction,
 * one fsync) after the other: a group that fails is written again until it succeeds, and all others wait behind it.
 */
export class StreamLog {
  readonly #driver: StoreDriver;
  readonly #retryMs: number;
  readonly #later: (run: () => void, ms: number) => () => void;
  readonly #onError: (error: Error) => void;
  readonly #book = new LogBook();
  readonly #queue: Waiting[] = [];
  /** What was asked for before the file was read. */
  readonly #early: ((error?: Error) => void)[] = [];
  readonly #earlySlots = new Set<string>();
  /** By slot: committed messages that may still be on disk. */
  readonly #deleting = new Map<string, number>();
  #pendingBytes = 0;
  #failure: string | undefined;
  #state: "opening" | "open" | "closing" = "opening";
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor({ driver, retryMs = RETRY_MS, later = byTimer, onError }: StreamLogOptions) {
    this.#driver = driver;
    this.#later = later;
    this.#retryMs = retryMs;
    this.#onError = onError;
  }

  /** Also of slots of which nothing is in it: all that comes is kept in it. */
  keepsAll = false;

  /**
   * The slot's messages are kept in it: also while some that are committed may still be on disk, for what comes after
   * them would be taken for them by a restart.
   */
  keeps(id: SlotId): boolean {
    const key = slotKey(id);
    return this.keepsAll || this.count(id) > 0 || this.#deleting.has(key) || this.#earlySlots.has(key);
  }

  /** Messages of the slot that are in it, or under way to it. */
  count(id: SlotId): number {
    return this.#book.count(id);
  }

  /** No message is on disk, nor under way to it. */
  get isEmpty(): boolean {
    return this.#book.isEmpty && this.#early.length === 0 && this.#queue.length === 0;
  }

  /** What the messages count with that are not on disk yet, bytes. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Why messages wait; undefined: they don't. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** What an earlier start had taken over. Tried until it succeeds; undefined: closed before. */
  async open(): Promise<readonly RetainedStream[] | undefined> {
    let entries: readonly StoreEntry[] | undefined;
    while (!entries) {
      if (this.#state === "closing") return undefined;
      entries = await this.#attempt(() => this.#driver.snapshot(""));
    }
    if (this.#state === "closing") return undefined;
    const { streams, writes } = this.#book.open(this.#read(entries));
    this.#state = "open";
    for (const write of writes) this.#write(write);
    return streams;
  }

  #read(entries: readonly StoreEntry[]): LogContents {
    const messages: LoggedMessage[] = [];
    const numberings: LoggedNumbering[] = [];
    for (const { key, value } of entries) {
      try {
        const entry = readLogEntry(key, decodeValue(value, `log entry ${key}`));
        if ("cell" in entry) messages.push(entry);
        else numberings.push(entry);
      } catch (error) {
        this.#onError(asError(error));
      }
    }
    return { messages, numberings };
  }

  /** Resolves when the message is on disk, in the order of the calls; rejects if it never will be. */
  append(id: SlotId, message: OfferedMessage): Promise<void> {
    const error = this.#tooLarge(message);
    if (error) return Promise.reject(error);
    if (this.#state === "opening") this.#earlySlots.add(slotKey(id));
    return this.#put(() => this.#book.append(id, message), costOf(message));
  }

  /** Resolves when it is on disk: not before may anything be sent under these numbers. */
  number(id: SlotId, epoch: Epoch, numbering: Numbering): Promise<void> {
    return this.#put(() => this.#book.numbered(id, epoch, numbering), 0);
  }

  /** Position of the slot's oldest message among all that were logged of it. */
  first(id: SlotId): number {
    return this.#book.first(id);
  }

  trimmed(id: SlotId, count: number): void {
    const slot = slotKey(id);
    for (const write of this.#book.trimmed(id, count)) {
      this.#deleting.set(slot, (this.#deleting.get(slot) ?? 0) + 1);
      this.#write(write, () => this.#deleted(slot));
    }
  }

  #deleted(slot: string): void {
    const left = (this.#deleting.get(slot) ?? 1) - 1;
    if (left > 0) this.#deleting.set(slot, left);
    else this.#deleting.delete(slot);
  }

  forget(id: SlotId): void {
    for (const write of this.#book.forget(id)) this.#write(write);
  }

  /** Deletions wait for the next message, or for this; what a crash keeps of them, the record tells to be committed. */
  flush(): void {
    if (this.#state !== "open" || this.#running || this.#queue.length === 0) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.some(({ isUrgent }) => isUrgent)) this.flush();
    });
  }

  /** Writes what it can; what can't be written is rejected. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const wasOpen = this.#state === "open";
    this.#state = "closing";
    this.#wake?.();
    await this.#running;
    if (wasOpen) await this.#run();
    const error = new StitchError("LOG_FAILED", this.#failure ?? "the log was closed before it was opened");
    for (const { settle } of this.#queue.splice(0)) settle?.(error);
    for (const early of this.#early.splice(0)) early(error);
    await this.#driver.close();
  }

  #tooLarge({ bytes }: OfferedMessage): Error | undefined {
    const most = this.#driver.capabilities.maxValue / WIDEST;
    if (bytes <= most) return undefined;
    return new StitchError("VALUE_TOO_LARGE", `a message of ${bytes} bytes: the log takes up to ${most}`);
  }

  #put(write: () => LogWrite, bytes: number): Promise<void> {
    this.#pendingBytes += bytes;
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        this.#pendingBytes -= bytes;
        if (error) reject(error);
        else resolve();
      };
      const enqueue = (error?: Error): void => {
        if (error) {
          settle(error);
          return;
        }
        const { key, value } = write();
        this.#queue.push({ key, value: encodeValue(value, "message"), settle, isUrgent: true });
        this.flush();
      };
      if (this.#state === "open") enqueue();
      else if (this.#state === "opening") this.#early.push(enqueue);
      else settle(new StitchError("LOG_FAILED", "the log is closed"));
    });
  }

  /** What was asked for while the file was being read. */
  start(): void {
    for (const enqueue of this.#early.splice(0)) enqueue();
    this.#earlySlots.clear();
    this.flush();
  }

  /** Nobody waits for it. */
  #write({ key, value }: LogWrite, done?: () => void): void {
    const bytes = value === undefined ? undefined : encodeValue(value, "numbering");
    const settle = (error?: Error): void => {
      if (error) return;
      if (value === undefined) this.#book.deleted(key);
      done?.();
    };
    this.#queue.push({ key, value: bytes, settle, isUrgent: false });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.slice(0, MAX_GROUP);
      const isDone = await this.#attempt(async () => {
        await Promise.all(
          group.map(({ key, value }) => (value ? this.#driver.put(key, value) : this.#driver.delete(key))),
        );
        return true;
      });
      if (!isDone && this.#state === "closing") return;
      if (!isDone) continue;
      this.#queue.splice(0, group.length);
      for (const { settle } of group) settle?.();
    }
  }

  /** undefined: it failed, was told, and may be tried again. */
  async #attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await step();
      this.#failure = undefined;
      return result;
    } catch (cause) {
      const text = `the log of messages can't be written, they wait: ${asError(cause).message}`;
      this.#failure = text;
      this.#onError(new StitchError("LOG_FAILED", text, { cause }));
      if (this.#state !== "closing") await this.#pause();
      return undefined;
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((next) => {
      const callOff = this.#later(next, this.#retryMs);
      this.#wake = () => {
        callOff();
        next();
      };
    });
    this.#wake = undefined;
  }
}
