import { StitchError } from "../../core/errors.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { OfferedMessage, RetainedStream } from "../../core/stitch/protocol.ts";
import type { Offered, Undeliverable } from "./gateway-pool.ts";
import type { StitchEngine } from "./stitch-engine.ts";
import type { StreamLog } from "./stream-log.ts";

export interface GatewayLogOptions {
  readonly log: StreamLog;
  readonly engine: StitchEngine;
  /** Takes up a slot whether or not there is room for it. */
  readonly reopen: (id: SlotId) => void;
  readonly restore: (stream: RetainedStream) => void;
  readonly giveUp: (undeliverable: Undeliverable) => void;
  readonly onError: (error: Error) => void;
}

/** A linked gateway's messages on their way through its log: on disk first, then to their hosts. */
export class GatewayLog {
  readonly #options: GatewayLogOptions;
  #isRead = false;
  #isClosed = false;

  constructor(options: GatewayLogOptions) {
    this.#options = options;
    void options.log.open().then((streams) => {
      if (streams && !this.#isClosed) this.#follow(streams);
    });
  }

  /** What an earlier start left is known: slots may be opened. */
  get isRead(): boolean {
    return this.#isRead;
  }

  get failure(): string | undefined {
    return this.#options.log.failure;
  }

  /** What the log holds goes first; what was taken over before is in it from now on. */
  #follow(streams: readonly RetainedStream[]): void {
    const { engine, log, restore, onError } = this.#options;
    const before = engine.retention.streams();
    engine.logTo(log);
    for (const stream of streams) {
      if (engine.retention.knows(stream.id)) this.#giveUp(stream);
      else restore(stream);
    }
    for (const { id, epoch, acked, messages } of before) {
      if (epoch > 0) log.number(id, epoch, { trims: 0, acked }).catch(onError);
      for (const message of messages) log.append(id, message).catch(onError);
    }
    log.start();
    this.#isRead = true;
  }

  /** Left from before the buffer was in memory for a while: newer messages of the session have overtaken it. */
  #giveUp({ id, messages }: RetainedStream): void {
    this.#options.log.trimmed(id, messages.length);
    const error = new StitchError(
      "LOG_FAILED",
      "kept on disk, and overtaken while messages were kept in memory",
    );
    for (const message of messages) this.#options.giveUp({ id, message, error });
  }

  /** Resolves when the message is on disk and under way, or can't be taken over. */
  async offer(id: SlotId, message: OfferedMessage): Promise<Offered> {
    const { engine, log, reopen } = this.#options;
    const { bytes, maxBytes } = engine.retention;
    const held = bytes + log.pendingBytes;
    if (held + message.bytes > maxBytes) {
      const text = `retention holds ${held} of ${maxBytes} bytes, no room for a message of ${message.bytes} bytes`;
      return new StitchError("BUFFER_FULL", log.failure ? `${text}; ${log.failure}` : text);
    }
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
    return engine.offer(id, message, true);
  }

  /** Nothing is sent from now on. */
  end(): void {
    this.#isClosed = true;
  }

  /** Writes what it can. */
  close(): Promise<void> {
    return this.#options.log.close();
  }
}
