import { StitchError } from "../../core/errors.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { BufferKind } from "../../core/route/route-settings.ts";
import type { MessageClass } from "../../core/stitch/message-class.ts";
import type { OfferedMessage, RetainedStream } from "../../core/stitch/protocol.ts";
import { BlockedOffers, type Offer } from "./blocked-offers.ts";
import type { Offered } from "./gateway-pool.ts";
import type { StitchEngine } from "./stitch-engine.ts";
import type { StreamLog } from "./stream-log.ts";

export interface GatewayBufferOptions {
  readonly engine: StitchEngine;
  /** undefined: there is no place for a log. */
  readonly openLog: (() => StreamLog) | undefined;
  /** An earlier start left a log. */
  readonly hasLog: boolean;
  /** Takes up a slot whether or not there is room for it. */
  readonly reopen: (id: SlotId) => void;
  readonly restore: (stream: RetainedStream) => void;
  readonly onError: (error: Error) => void;
}

/**
 * Where a linked gateway's messages are until they are committed: in memory, or in its log on disk first and then on
 * their way to the hosts. What an earlier start left on disk goes first, whatever the setting says meanwhile: a slot of
 * which messages are in the log stays with the log until they are committed, so that nothing newer overtakes them.
 */
export class GatewayBuffer {
  readonly #options: GatewayBufferOptions;
  readonly #blocked = new BlockedOffers(
    (offer) => this.#take(offer),
    (id) => this.#options.reopen(id),
  );
  #log: StreamLog | undefined;
  /** A log that was closed: the file is opened again when it is. */
  #closed: Promise<void> | undefined;
  #isRead = false;
  #isClosed = false;

  constructor(options: GatewayBufferOptions) {
    this.#options = options;
    if (options.hasLog) this.#open();
  }

  /** Slots may be opened: what an earlier start left is known. */
  get isReady(): boolean {
    return !this.#log || this.#isRead;
  }

  get maxBytes(): number {
    return this.#options.engine.retention.maxBytes;
  }

  get failure(): string | undefined {
    return this.#log?.failure;
  }

  /** Disk counts where one route node asks for it. Throws StitchError `BAD_CONFIG` where there is no place for a log. */
  setKind(kind: BufferKind): void {
    if (kind === "memory" || this.#log?.keepsAll) return;
    const log = this.#log ?? this.#open();
    if (!log) throw new StitchError("BAD_CONFIG", "there is no folder where messages can be kept on disk");
    log.keepsAll = true;
    if (this.#isRead) this.#logRetained(log);
  }

  #open(): StreamLog | undefined {
    const log = this.#options.openLog?.();
    this.#log = log;
    this.#isRead = false;
    if (log) void this.#read(log);
    return log;
  }

  async #read(log: StreamLog): Promise<void> {
    await this.#closed;
    const streams = await log.open();
    if (!streams || this.#isClosed) return;
    const { engine, restore } = this.#options;
    engine.logTo(log);
    for (const stream of streams) {
      // Numbered since, so what is on disk is committed: only its deletion had not got there.
      if (engine.retention.epochOf(stream.id) > 0) log.trimmed(stream.id, stream.messages.length);
      else restore(stream);
    }
    this.#logRetained(log);
    log.start();
    this.#isRead = true;
  }

  /** What was taken over before: in a slot that the log keeps, its oldest messages may be in it already. */
  #logRetained(log: StreamLog): void {
    const { engine, onError } = this.#options;
    for (const { id, epoch, acked, messages } of engine.retention.streams()) {
      if (!log.keeps(id)) continue;
      const logged = log.count(id);
      if (logged === 0 && epoch > 0) log.number(id, epoch, { trims: 0, acked }).catch(onError);
      for (const message of messages.slice(logged)) log.append(id, message).catch(onError);
    }
  }

  offer(id: SlotId, message: OfferedMessage, messageClass?: MessageClass): Offered | Promise<Offered> {
    return this.#blocked.offer({ id, message, messageClass }, this.maxBytes);
  }

  /** Messages that wait for room, and how many found none. */
  get blocked(): Pick<BlockedOffers, "length" | "refused"> {
    return this.#blocked;
  }

  #take({ id, message, messageClass }: Offer): Offered | Promise<Offered> {
    const { engine } = this.#options;
    const log = this.#log;
    if (!log || (this.#isRead && !log.keeps(id))) return engine.offer({ id, message, messageClass });
    const refusal = engine.retention.refusal(message, log.pendingBytes);
    if (!refusal) return this.#keep(log, id, message);
    return log.failure ? new StitchError("BUFFER_FULL", `${refusal.message}; ${log.failure}`) : refusal;
  }

  /** Resolves when the message is on disk and under way, or can't be taken over. */
  async #keep(log: StreamLog, id: SlotId, message: OfferedMessage): Promise<Offered> {
    const { engine, reopen } = this.#options;
    try {
      await log.append(id, message);
    } catch (error) {
      return error as Error;
    }
    // On disk and closed: the next start sends it.
    if (this.#isClosed) return undefined;
    // To make room the slot may have been closed meanwhile.
    reopen(id);
    // What the log held when it was read may have filled the buffer meanwhile.
    return engine.offer({ id, message, messageClass: undefined }, true);
  }

  /** What waited and has room; kept in memory from now on where nothing that was on disk is left. */
  tick(): void {
    if (this.#blocked.length > 0) this.#blocked.release();
    const log = this.#log;
    if (!log || log.keepsAll || !this.#isRead || !log.isEmpty) return;
    this.#log = undefined;
    this.#options.engine.logTo(undefined);
    this.#closed = log.close();
  }

  /** On disk, so that the next start goes on with it. */
  isKept(id: SlotId): boolean {
    return this.#isRead && this.#log?.keeps(id) === true;
  }

  /** Nothing is sent from now on. */
  end(error: Error): void {
    this.#isClosed = true;
    this.#blocked.close(error);
  }

  /** Writes what it can. */
  async close(): Promise<void> {
    await this.#closed;
    await this.#log?.close();
  }
}
