import { StitchError } from "../../core/errors.ts";
import type { Clock, Millis } from "../../core/ports.ts";
import { type Envelope, KIND } from "../../core/record/envelope.ts";
import type { RecordStore } from "../../core/record/record-store.ts";
import type { SlotId, SlotRecord } from "../../core/record/slot-record.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { Numbering } from "../../core/stitch/log-book.ts";
import { Orchestrator } from "../../core/stitch/orchestrator.ts";
import type {
  OfferedMessage,
  OrchestratorCommand,
  OrchestratorEvent,
  PlanEvent,
  RetentionCommand,
  RetentionEvent,
} from "../../core/stitch/protocol.ts";
import { Retention } from "../../core/stitch/retention.ts";
import type { HostId } from "../../core/units.ts";
import type { Offer } from "./blocked-offers.ts";
import type { Undeliverable } from "./gateway-pool.ts";
import { MESSAGE_BYTES } from "./message-cost.ts";
import type { StreamLog } from "./stream-log.ts";

type Command = RetentionCommand | OrchestratorCommand;
export type Assign = Extract<OrchestratorCommand, { type: "assign" }>;
type SendMirror = Extract<OrchestratorCommand, { type: "send-mirror" }>;

export interface EngineOptions {
  /** Id of this start of the gateway: where answers go, and what its writes begin with. */
  readonly gateway: string;
  readonly maxBytes: number;
  readonly link: StreamLink;
  readonly records: RecordStore;
  readonly clock: Clock;
  /** Where a slot goes whose owner is lost. */
  readonly chooseHost: (id: SlotId) => HostId | undefined;
  readonly onAssign: (assign: Assign) => void;
  readonly onEvent: (event: PlanEvent) => void;
  readonly onClosed: (id: SlotId) => void;
  /** How long a host took, from taking a message over to its commit: the oldest of each acknowledgement. */
  readonly onLatency: (host: HostId, latencyMs: Millis) => void;
  /** Taken over, and dropped for more important messages. */
  readonly onGivenUp: (undeliverable: Undeliverable) => void;
  /** A recent message for the minimal stream, where its rate allows one. */
  readonly mirrored: (id: SlotId) => OfferedMessage | undefined;
  readonly onError: (error: Error) => void;
  /** Between two messages of a minimal stream, where it isn't the usual second. */
  readonly mirrorIntervalMs?: Millis;
}

/** What makes a message's number from its position. */
const offsetOf = (first: number, { trims, acked }: Numbering): number => acked - trims - first;
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
/** A store that is away fails every read: the same complaint at most so often. */
const COMPLAIN_MS = 10_000;

/**
 * R and O of DESIGN.md section 6 on a link and a store. Commands are carried out in the order they were given, also when
 * one of them brings the next event about.
 */
export class StitchEngine {
  readonly retention: Retention;
  readonly orchestrator: Orchestrator;
  readonly #options: EngineOptions;
  readonly #queue: Command[] = [];
  readonly #endStream: () => void;
  #log: StreamLog | undefined;
  #isRunning = false;
  #isClosed = false;
  #complaint = "";
  #complainedAtMs: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: EngineOptions) {
    const { gateway, maxBytes, chooseHost, link, mirrorIntervalMs } = options;
    this.#options = options;
    this.retention = new Retention({ gateway, maxBytes, overheadBytes: MESSAGE_BYTES });
    const interval = mirrorIntervalMs === undefined ? undefined : { mirrorIntervalMs };
    this.orchestrator = new Orchestrator({ incarnation: gateway, chooseHost, ...interval });
    this.#endStream = link.onGatewayStream(gateway, (envelope) => this.#answer(envelope));
  }

  /** From now on what is taken over of the slots that it keeps is in the log; undefined: of none. */
  logTo(log: StreamLog | undefined): void {
    this.#log = log;
    this.retention.tellTrimmed(log !== undefined);
  }

  /** Takes a message over, or tells why not. */
  offer({ id, message, messageClass }: Offer, isLogged = false): Error | undefined {
    const event = { type: "offer", id, message, isLogged, ...(messageClass && { messageClass }) } as const;
    const commands = this.retention.handle(event, this.#options.clock.now());
    this.#run(commands);
    const rejected = commands.find((command) => command.type === "rejected");
    return rejected?.error;
  }

  retain(event: RetentionEvent): void {
    if (!this.#isClosed) this.#run(this.retention.handle(event, this.#options.clock.now()));
  }

  orchestrate(event: OrchestratorEvent): void {
    if (!this.#isClosed) this.#run(this.orchestrator.handle(event, this.#options.clock.now()));
  }

  tick(): void {
    this.retain({ type: "tick" });
    this.orchestrate({ type: "tick" });
    this.#log?.flush();
  }

  close(): void {
    this.#isClosed = true;
    this.#endStream();
  }

  #answer(envelope: Envelope): void {
    const { kind, meta } = envelope;
    if (kind !== KIND.ACK || !meta.mirror) {
      this.retain({ type: "reply", envelope });
      return;
    }
    const { host } = meta;
    const { epoch, seq } = envelope;
    if (host !== undefined) this.orchestrate({ type: "mirror-acked", id: envelope, host, epoch, seq });
  }

  #run(commands: readonly Command[]): void {
    const queue = this.#queue;
    for (const command of commands) queue.push(command);
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let i = 0; i < queue.length; i++) this.#carryOut(queue[i] as Command);
    } finally {
      queue.length = 0;
      this.#isRunning = false;
    }
  }

  #carryOut(command: Command): void {
    switch (command.type) {
      case "send":
        this.#options.link.sendToHost(command.host, command.envelope);
        break;
      case "held":
      case "drained":
      case "refresh":
        this.orchestrate(command);
        break;
      case "hold":
      case "release":
        this.retain(command);
        break;
      case "assign":
        this.#options.onAssign(command);
        this.#assign(command);
        break;
      case "read":
        this.#read(command.id);
        break;
      case "write":
        this.#write(command.id, command.record, command.expected);
        break;
      case "send-mirror":
        this.#mirror(command);
        break;
      case "closed":
        this.retain({ type: "close", id: command.id });
        this.#log?.forget(command.id);
        this.#options.onClosed(command.id);
        break;
      case "event":
        this.#options.onEvent(command.event);
        break;
      case "committed":
        this.#options.onLatency(command.host, this.#options.clock.now() - command.atMs);
        break;
      case "trimmed":
        this.#log?.trimmed(command.id, command.count);
        break;
      case "dropped":
        for (const message of command.messages)
          this.#options.onGivenUp({ id: command.id, message, error: command.error });
        break;
      case "rejected":
        break;
      default:
        command satisfies never;
    }
  }

  /** With a log the numbers of an epoch are on disk before anything is sent in it. */
  #assign(assign: Assign): void {
    const log = this.#log;
    const numbering = log?.keeps(assign.id) && this.retention.numberingAfter(assign.id, assign);
    if (!log || !numbering) {
      this.retain({ ...assign, type: "assigned" });
      return;
    }
    const offset = offsetOf(log.first(assign.id), numbering);
    log.number(assign.id, assign.epoch, numbering).then(
      () => this.#numbered(assign, offset, log),
      // Closed: the next start reads the record.
      () => undefined,
    );
  }

  /** What was acknowledged meanwhile may have moved the numbers on; messages stay at their positions. */
  #numbered(assign: Assign, offset: number, log: StreamLog): void {
    const { id, epoch } = assign;
    // Closed meanwhile, or it has changed hands again: of that another assignment tells.
    if (this.orchestrator.epochOf(id) !== epoch) return;
    const next = this.retention.numberingAfter(id, assign);
    if (!next || offsetOf(log.first(id), next) === offset) this.retain({ ...assign, type: "assigned" });
    else this.#assign(assign);
  }

  #mirror({ id, host, epoch, seq }: SendMirror): void {
    const { gateway, link, mirrored } = this.#options;
    const recent = mirrored(id);
    const meta = {
      gateway,
      ...(recent?.topic === undefined ? undefined : { topic: recent.topic }),
      ...(recent?.props === undefined ? undefined : { props: recent.props }),
    };
    link.sendToHost(host, { ...id, kind: KIND.MIRROR, epoch, seq, meta, payload: recent?.payload });
  }

  #read(id: SlotId): void {
    this.#options.records.read(id).then(
      (stored) => this.orchestrate({ type: "record", id, stored }),
      (error: unknown) => {
        this.#complain(asError(error));
        this.orchestrate({ type: "read-failed", id, error: asError(error) });
      },
    );
  }

  #write(id: SlotId, record: SlotRecord, expected: number): void {
    const { writeId } = record;
    this.#options.records.write(id, record, expected).then(
      (result) => {
        if (result.outcome === "indeterminate") this.#complain(result.error);
        this.orchestrate({ type: "wrote", id, writeId, result });
      },
      (error: unknown) => {
        // What was stored before can be stored again: read it and try once more.
        this.#complain(asError(error));
        const result = { outcome: "indeterminate", error: asError(error) } as const;
        this.orchestrate({ type: "wrote", id, writeId, result });
      },
    );
  }

  #complain(cause: Error): void {
    if (this.#isClosed) return;
    const nowMs = this.#options.clock.now();
    if (cause.message === this.#complaint && nowMs - this.#complainedAtMs < COMPLAIN_MS) return;
    this.#complaint = cause.message;
    this.#complainedAtMs = nowMs;
    const text = `session records: ${cause.message}`;
    this.#options.onError(
      cause instanceof StitchError ? cause : new StitchError("STORE_UNAVAILABLE", text, { cause }),
    );
  }
}
