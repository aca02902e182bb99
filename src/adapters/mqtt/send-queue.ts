/** Messages sent and not acknowledged, below the 20 that mosquitto hands a subscriber at once by default. */
const MAX_IN_FLIGHT = 16;
/** A batch is closed above this, bytes; a longer envelope goes alone. */
const MAX_BATCH_BYTES = 65_536;
const FIRST_BYTES = 2048;

/** Envelopes for one topic, one after the other: the payload of one MQTT message. */
class Batch {
  readonly topic: string;
  #bytes: Buffer;
  length = 0;

  constructor(topic: string, first: number) {
    this.topic = topic;
    this.#bytes = Buffer.allocUnsafe(Math.max(FIRST_BYTES, first));
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  add(envelope: Uint8Array): void {
    const needed = this.length + envelope.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    this.#bytes.set(envelope, this.length);
    this.length = needed;
  }
}

export interface SendQueueOptions {
  /** Publishes; calls `done` when the broker has acknowledged. */
  readonly publish: (topic: string, bytes: Buffer, done: () => void) => void;
  /** Runs `send` once this turn of the event loop has said all it has to say. */
  readonly later: (send: () => void) => void;
  /** Bound of what waits, bytes. */
  readonly maxBytes: number;
}

/**
 * What a connection has to send, in order per topic. A message goes out at the end of the turn that it came in; while
 * the broker is behind with its acknowledgements what comes meanwhile goes out together: the busier, the larger the batches.
 */
export class SendQueue {
  readonly #options: SendQueueOptions;
  #batches: Batch[] = [];
  /** The batch of each topic that still takes envelopes. */
  readonly #open = new Map<string, Batch>();
  #bytes = 0;
  #inFlight = 0;
  #isScheduled = false;
  #done: (() => void) | undefined;
  /** Grows with each reset: acknowledgements of an earlier connection count for nothing. */
  #generation = 0;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Calls `done` when nothing waits and all that was sent is acknowledged, or given up by a reset. */
  whenIdle(done: () => void): void {
    this.#done = done;
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#inFlight > 0 || this.#batches.length > 0) return;
    this.#done?.();
    this.#done = undefined;
  }

  /** Copies the envelope; false: the queue is full, it was dropped. */
  push(topic: string, envelope: Uint8Array): boolean {
    const { maxBytes, later } = this.#options;
    if (this.#bytes > 0 && this.#bytes + envelope.length > maxBytes) return false;
    let batch = this.#open.get(topic);
    if (!batch || (batch.length > 0 && batch.length + envelope.length > MAX_BATCH_BYTES)) {
      batch = new Batch(topic, envelope.length);
      this.#open.set(topic, batch);
      this.#batches.push(batch);
    }
    batch.add(envelope);
    this.#bytes += envelope.length;
    if (!this.#isScheduled && this.#inFlight < MAX_IN_FLIGHT) {
      this.#isScheduled = true;
      later(this.#send);
    }
    return true;
  }

  /** The connection is gone: what waits or is under way will be sent again by the protocol. */
  reset(): void {
    this.#batches = [];
    this.#open.clear();
    this.#bytes = 0;
    this.#inFlight = 0;
    this.#generation++;
    this.#checkIdle();
  }

  readonly #send = (): void => {
    this.#isScheduled = false;
    const generation = this.#generation;
    while (this.#inFlight < MAX_IN_FLIGHT) {
      const batch = this.#batches.shift();
      if (!batch) return;
      if (this.#open.get(batch.topic) === batch) this.#open.delete(batch.topic);
      this.#bytes -= batch.length;
      this.#inFlight++;
      this.#options.publish(batch.topic, batch.bytes, () => this.#acknowledged(generation));
    }
  };

  #acknowledged(generation: number): void {
    if (generation !== this.#generation) return;
    this.#inFlight--;
    if (this.#batches.length > 0) this.#send();
    else this.#checkIdle();
  }
}
