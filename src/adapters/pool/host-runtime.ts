import { randomUUID } from "node:crypto";
import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import type { Envelope } from "../../core/record/envelope.ts";
import type { HostLoad } from "../../core/record/host-load.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { SlotId, SlotRecord } from "../../core/record/slot-record.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import { Ownership } from "../../core/stitch/ownership.ts";
import type { OwnershipCommand, OwnershipEvent } from "../../core/stitch/protocol.ts";
import type { Capacity, HostId } from "../../core/units.ts";
import type {
  HostFailure,
  HostMessage,
  HostOutput,
  HostSession,
  HostStatus,
  OutputMark,
} from "./host-messages.ts";
import { LoadMeter } from "./load-meter.ts";
import { PacedQueue } from "./paced-queue.ts";
import { plainCopy } from "./plain-copy.ts";

export interface HostRuntimeOptions {
  readonly host: HostId;
  readonly capacity: Capacity;
  readonly link: StreamLink;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ack: "commit" | "arrival";
  readonly commitTimeoutMs: Millis;
  /** Bound of what the flow has not handled, bytes. */
  readonly intakeBytes?: number;
}

const TICK_MS = 100;
/** DESIGN.md section 5; three misses make a host suspect. */
const HEARTBEAT_MS = 500;
const WATCH_AGAIN_MS = 1000;
/** Until a commit node says otherwise. */
const DEFAULT_OUTBOX_BYTES = 1_048_576;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** The same bytes as core nodes know them. */
const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Carries out the commands of a host's Ownership: streams, records, the flow, heartbeats. Shared by receive and commit. */
export class HostRuntime {
  readonly host: HostId;
  readonly #options: HostRuntimeOptions;
  readonly #incarnation: string = randomUUID();
  readonly #machine: Ownership;
  readonly #meter: LoadMeter;
  readonly #queue: PacedQueue<OwnershipCommand>;
  #state: HostLoad["state"] = "up";
  #isStarted = false;
  #isClosed = false;
  readonly #ends: (() => void)[] = [];
  readonly #messages = new Set<(message: HostMessage) => void>();
  readonly #mirrors = new Set<(message: HostMessage) => void>();
  readonly #outputs = new Set<(output: HostOutput) => void>();
  readonly #errors = new Set<(failure: HostFailure) => void>();

  constructor(options: HostRuntimeOptions) {
    const { host, ack, commitTimeoutMs, intakeBytes, clock } = options;
    this.host = host;
    this.#options = options;
    this.#meter = new LoadMeter(clock);
    this.#queue = new PacedQueue(clock, (command) => this.#run(command));
    const incarnation = this.#incarnation;
    const outbox = { confirmable: false, outboxBytes: DEFAULT_OUTBOX_BYTES };
    this.#machine = new Ownership({
      host,
      incarnation,
      ack,
      commitTimeoutMs,
      ...(intakeBytes !== undefined && { intakeBytes }),
      ...outbox,
    });
  }

  /** Takes streams and announces the host from now on: when every node of the flow is there to take what comes. */
  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    const { link } = this.#options;
    this.#ends.push(link.onHostStream(this.host, (envelope) => this.#handle({ type: "stream", envelope })));
    this.#every(TICK_MS, () => this.#handle({ type: "tick" }));
    this.#every(HEARTBEAT_MS, () => this.#announce());
    this.#watch();
    this.#announce();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get status(): HostStatus {
    const { ownedSlots: owned, mirroredSlots: mirrored } = this.#machine;
    const { pending, unconfirmed, intakeBytes, refused } = this.#machine;
    return { owned, mirrored, pending, unconfirmed, intakeBytes, refused };
  }

  onMessage(listener: (message: HostMessage) => void): () => void {
    return this.#listen(this.#messages, listener);
  }

  /** The minimal stream of slots this host mirrors; not to be committed. */
  onMirror(listener: (message: HostMessage) => void): () => void {
    return this.#listen(this.#mirrors, listener);
  }

  /** For one commit node: of two, each would emit every output. Throws StitchError `BAD_CONFIG`. */
  onOutput(listener: (output: HostOutput) => void): () => void {
    if (this.#outputs.size > 0)
      throw new StitchError("BAD_CONFIG", "the pool has a commit node on this host: lead all flows to it");
    return this.#listen(this.#outputs, listener);
  }

  /** Messages that were passed over, and why. */
  onError(listener: (failure: HostFailure) => void): () => void {
    return this.#listen(this.#errors, listener);
  }

  #listen<T>(listeners: Set<T>, listener: T): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** By the commit node: whether a Complete node confirms its outputs, and how much the outbox may hold. */
  setConfirmation(confirmable: boolean, outboxBytes: number): void {
    this.#machine.setConfirmation(confirmable, outboxBytes);
  }

  /** The flow is done with a message. Throws StitchError `BAD_VALUE` for what no store can take. */
  processed(session: HostSession, state: unknown, outputs: readonly Record<string, unknown>[]): void {
    this.#processed(session, { state: plainCopy(state, "msg.state") }, outputs);
  }

  /** The flow failed with a message: it has no effect on the state. */
  failed(session: HostSession, outputs: readonly Record<string, unknown>[]): void {
    this.#processed(session, { state: undefined, keepState: true }, outputs);
  }

  #processed(
    { id: sessionId, slot, epoch, seq }: HostSession,
    effect: { readonly state: unknown; readonly keepState?: boolean },
    outputs: readonly Record<string, unknown>[],
  ): void {
    const plain = outputs.map((output, i) => plainCopy(output, `output ${i}`) as Record<string, unknown>);
    this.#meter.finished();
    this.#handle({ type: "processed", id: { sessionId, slot }, epoch, seq, ...effect, outputs: plain });
  }

  /** An output reached its destination. */
  confirm({ sessionId, slot, seq, index }: Pick<OutputMark, "sessionId" | "slot" | "seq" | "index">): void {
    this.#handle({ type: "confirmed", id: { sessionId, slot }, seq, index });
  }

  /** Asks the gateways to move this host's slots elsewhere. */
  drain(): void {
    this.#state = "draining";
    this.#announce();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#queue.flush();
    this.#state = "gone";
    this.#announce();
    this.#isClosed = true;
    for (const end of this.#ends) end();
    this.#meter.close();
  }

  #every(ms: Millis, run: () => void): void {
    const timer = setInterval(run, ms);
    timer.unref();
    this.#ends.push(() => clearInterval(timer));
  }

  #announce(): void {
    if (this.#isClosed || !this.#isStarted) return;
    const { owned, pending } = this.status;
    this.#options.link.announce({
      host: this.host,
      incarnation: this.#incarnation,
      state: this.#state,
      atMs: Math.round(this.#options.clock.now()),
      capacity: this.#options.capacity,
      pending,
      ownedSlots: owned,
      ...this.#meter.sample(),
    });
  }

  /** The feed only saves reads: without it records are read when a stream asks for them. */
  #watch(): void {
    const changed = (id: SlotId, stored: { record: SlotRecord; revision: number } | undefined): void =>
      this.#handle({ type: "changed", id, stored });
    this.#options.records.watch(changed).then(
      (end) => {
        if (this.#isClosed) end();
        else this.#ends.push(end);
      },
      () => {
        const timer = setTimeout(() => this.#isClosed || this.#watch(), WATCH_AGAIN_MS);
        timer.unref();
      },
    );
  }

  #handle(event: OwnershipEvent): void {
    if (!this.#isClosed) this.#queue.add(this.#machine.handle(event, this.#options.clock.now()));
  }

  #run(command: OwnershipCommand): void {
    switch (command.type) {
      case "read":
        this.#read(command.id);
        break;
      case "write":
        this.#write(command.id, command.record, command.expected);
        break;
      case "deliver":
        this.#meter.delivered();
        this.#tell(this.#messages, this.#toMessage(command.envelope, command.state));
        break;
      case "deliver-mirror":
        this.#tell(this.#mirrors, this.#toMessage(command.envelope, command.state));
        break;
      case "emit":
        this.#emit(command);
        break;
      case "reply":
        this.#options.link.sendToGateway(command.gateway, command.envelope);
        break;
      case "report":
        this.#meter.finished();
        this.#fail(command);
        break;
      case "complain":
        this.#tell(this.#errors, { error: command.error });
        break;
      default:
        command satisfies never;
    }
  }

  #fail({ id, epoch, seq, error, envelope }: Extract<OwnershipCommand, { type: "report" }>): void {
    const session = { id: id.sessionId, slot: id.slot, epoch, seq };
    const message = envelope && this.#toMessage(envelope, undefined);
    this.#tell(this.#errors, { error, session, ...(message && { message }) });
  }

  #tell<T>(listeners: Set<(value: T) => void>, value: T): void {
    for (const listener of listeners) {
      try {
        listener(value);
      } catch (error) {
        // One flow's mistake must not keep the other commands from being carried out.
        if (listeners !== (this.#errors as unknown)) this.#tell(this.#errors, { error: asError(error) });
      }
    }
  }

  #toMessage({ sessionId, slot, epoch, seq, meta, payload }: Envelope, state: unknown): HostMessage {
    return {
      ...(meta.topic === undefined ? undefined : { topic: meta.topic }),
      payload: payload instanceof Uint8Array ? toBuffer(payload) : payload,
      props: meta.props ?? {},
      session: { id: sessionId, slot, epoch, seq },
      state: plainCopy(state, "state"),
    };
  }

  #emit({ id, epoch, seq, index, message, repeat }: Extract<OwnershipCommand, { type: "emit" }>): void {
    const { sessionId, slot } = id;
    const output = { id: `${sessionId}/${slot}/${seq}/${index}`, sessionId, slot, epoch, seq, index, repeat };
    this.#tell(this.#outputs, { message: plainCopy(message, "output") as Record<string, unknown>, output });
  }

  #read(id: SlotId): void {
    this.#options.records.read(id).then(
      (stored) => this.#handle({ type: "record", id, stored }),
      (error: unknown) => this.#handle({ type: "read-failed", id, error: asError(error) }),
    );
  }

  #write(id: SlotId, record: SlotRecord, expected: number): void {
    const { writeId } = record;
    this.#options.records.write(id, record, expected).then(
      (result) => this.#handle({ type: "wrote", id, writeId, result }),
      (error: unknown) => this.#handle({ type: "refused", id, writeId, error: asError(error) }),
    );
  }
}
