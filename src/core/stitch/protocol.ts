/**
 * The hand-over protocol's events and commands (DESIGN.md section 6). Three machines, pure and synchronous:
 * Retention (R, in the route), Ownership (H, on a host), Orchestrator (O, in the stitcher).
 * Each takes events and returns commands; adapters carry the commands out. The model test runs the same machines.
 */

import type { Millis } from "../ports.ts";
import type { Envelope } from "../record/envelope.ts";
import type { RecordWrite } from "../record/record-store.ts";
import type { SlotId, SlotRecord, StoredRecord } from "../record/slot-record.ts";
import type { Epoch, HostId, Revision, Seq, SessionId, SlotIndex } from "../units.ts";
import type { MessageClass } from "./message-class.ts";

/** A message as the route takes it over. */
export interface OfferedMessage {
  readonly topic?: string;
  readonly payload: unknown;
  /** Other properties of the user's message, plain data. */
  readonly props?: Readonly<Record<string, unknown>>;
  /** Size it counts with in the bounded buffer. */
  readonly bytes: number;
  readonly atMs: Millis;
}

/** What a route had retained of a slot when it ended: kept over a redeploy, or read from its log. */
export interface RetainedStream {
  readonly id: SlotId;
  /** Last epoch in which it numbered the slot; 0: nothing of it was ever sent. */
  readonly epoch: Epoch;
  /** In that epoch the first message has the number `acked` + 1. */
  readonly acked: Seq;
  readonly messages: readonly OfferedMessage[];
  /** So many of them may have been sent in that epoch; the rest came later. Missing: all. */
  readonly sent?: number;
}

// --- R: numbers messages, retains them until committed -------------------------------------------

export type RetentionEvent =
  /** The record is known or has changed hands; `seq` is committed. Releases what was held. */
  | {
      readonly type: "assigned";
      readonly id: SlotId;
      readonly epoch: Epoch;
      readonly owner: HostId;
      readonly seq: Seq;
      /** As the record remembers them: where other routes numbered messages between two epochs of this one. */
      readonly begun?: SlotRecord["begun"];
    }
  | {
      readonly type: "offer";
      readonly id: SlotId;
      readonly message: OfferedMessage;
      /** It is in the log: refused now, it would come up again. */
      readonly isLogged?: boolean;
      /** Of its session; undefined: not known, it neither drops others nor is dropped. */
      readonly messageClass?: MessageClass;
    }
  /** Before anything else of the slot: goes on with what this route's predecessor had taken over. */
  | { readonly type: "restore"; readonly stream: RetainedStream }
  /**
   * As soon as the owner keeps up: stop sending, tell `held`, send MARK(cut), tell `drained` when the owner has
   * committed through the cut.
   */
  | { readonly type: "hold"; readonly id: SlotId }
  /** The shift was given up: go on with the owner as it was. */
  | { readonly type: "release"; readonly id: SlotId }
  /** ACK (not of a MIRROR) or NACK from a host. */
  | { readonly type: "reply"; readonly envelope: Envelope }
  /** The host has a new incarnation: what it had not committed is gone; send again. */
  | { readonly type: "host-restarted"; readonly host: HostId }
  /** The orchestrator closed the idle slot: forget it (ignored while messages are retained). */
  | { readonly type: "close"; readonly id: SlotId }
  | { readonly type: "tick" };

export type RetentionCommand =
  | { readonly type: "send"; readonly host: HostId; readonly envelope: Envelope }
  /** Not taken over: the buffer is full. The caller hands it to the undeliverable output. */
  | {
      readonly type: "rejected";
      readonly id: SlotId;
      readonly message: OfferedMessage;
      readonly error: Error;
    }
  /** Taken over, and given up for more important ones: the buffer is full, and a loss of some is allowed. */
  | {
      readonly type: "dropped";
      readonly id: SlotId;
      readonly messages: readonly OfferedMessage[];
      readonly error: Error;
    }
  | { readonly type: "held"; readonly id: SlotId }
  | { readonly type: "drained"; readonly id: SlotId; readonly epoch: Epoch; readonly seq: Seq }
  /** A host has committed messages; the oldest of them was taken over at `atMs`. */
  | { readonly type: "committed"; readonly host: HostId; readonly atMs: Millis }
  /** With a log: the oldest `count` messages of the slot are committed. */
  | { readonly type: "trimmed"; readonly id: SlotId; readonly count: number }
  /** A host knows a newer epoch: the orchestrator re-reads the record. */
  | { readonly type: "refresh"; readonly id: SlotId };

// --- H: takes a slot's stream in order, commits by compare-and-set ---------------------------------

export interface ProcessedMessage {
  readonly id: SlotId;
  readonly epoch: Epoch;
  readonly seq: Seq;
  /** The session's new state; `undefined` keeps it undefined. */
  readonly state: unknown;
  /** The flow failed: the state stays as it was before this message, whatever `state` says. */
  readonly keepState?: boolean;
  readonly outputs: readonly Readonly<Record<string, unknown>>[];
}

export type OwnershipEvent =
  /** DATA, MIRROR or MARK from a route. */
  | { readonly type: "stream"; readonly envelope: Envelope }
  /** Answer to the command `read`. */
  | { readonly type: "record"; readonly id: SlotId; readonly stored: StoredRecord | undefined }
  | { readonly type: "read-failed"; readonly id: SlotId; readonly error: Error }
  /** From the store's feed: a record this host owns or mirrors has changed. */
  | { readonly type: "changed"; readonly id: SlotId; readonly stored: StoredRecord | undefined }
  /** The flow handed the message to `commit`. */
  | ({ readonly type: "processed" } & ProcessedMessage)
  /** Answer to the command `write`. */
  | { readonly type: "wrote"; readonly id: SlotId; readonly writeId: string; readonly result: RecordWrite }
  /** The store can't take this write: too large, or not plain data. */
  | { readonly type: "refused"; readonly id: SlotId; readonly writeId: string; readonly error: Error }
  /** The Complete node says that this output reached its destination. */
  | { readonly type: "confirmed"; readonly id: SlotId; readonly seq: Seq; readonly index: number }
  | { readonly type: "tick" };

export type OwnershipCommand =
  | { readonly type: "read"; readonly id: SlotId }
  | { readonly type: "write"; readonly id: SlotId; readonly record: SlotRecord; readonly expected: Revision }
  /** Hand the message to the flow, with the session's state. One at a time per slot. */
  | {
      readonly type: "deliver";
      readonly id: SlotId;
      readonly epoch: Epoch;
      readonly envelope: Envelope;
      readonly state: unknown;
    }
  | { readonly type: "deliver-mirror"; readonly envelope: Envelope; readonly state: unknown }
  /** Let an output go; `repeat`: it may have been emitted before (same id again). */
  | {
      readonly type: "emit";
      readonly id: SlotId;
      readonly epoch: Epoch;
      readonly seq: Seq;
      readonly index: number;
      readonly message: Readonly<Record<string, unknown>>;
      readonly repeat: boolean;
    }
  | { readonly type: "reply"; readonly gateway: string; readonly envelope: Envelope }
  /** For the flow author: message `seq` was passed over, e.g. COMMIT_TIMEOUT. */
  | {
      readonly type: "report";
      readonly id: SlotId;
      readonly epoch: Epoch;
      readonly seq: Seq;
      readonly error: Error;
      /** The message itself: nobody else has it any more. */
      readonly envelope: Envelope | undefined;
    }
  /** For the operator: about no message that was lost. */
  | { readonly type: "complain"; readonly error: Error };

// --- O: who owns which slot, and the moves between hosts -------------------------------------------

/**
 * State of a slot (DESIGN.md section 6). "opening": its record is being created or read. A mirror is given up in one
 * step, and a session is split where its slots have several owners: neither is a state of a slot.
 */
export type SlotState = "opening" | "single" | "mirroring" | "warm" | "shifting" | "failover";

export interface MirrorOrder {
  readonly id: SlotId;
  readonly to: HostId;
  readonly reason: string;
}
export interface ShiftOrder {
  readonly id: SlotId;
  readonly to: HostId;
  readonly reason: string;
}

export type OrchestratorEvent =
  /** First message of a slot: create its record at `first`, or take over what stands (epoch + 1 fences an earlier gateway). */
  | { readonly type: "open"; readonly id: SlotId; readonly first: HostId }
  | { readonly type: "record"; readonly id: SlotId; readonly stored: StoredRecord | undefined }
  | { readonly type: "read-failed"; readonly id: SlotId; readonly error: Error }
  | { readonly type: "wrote"; readonly id: SlotId; readonly writeId: string; readonly result: RecordWrite }
  /** From the planner. A shift to a host that is not warm mirrors first. */
  | { readonly type: "mirror"; readonly order: MirrorOrder }
  | { readonly type: "shift"; readonly order: ShiftOrder }
  /** Stop mirroring: the secondary is no longer needed. */
  | { readonly type: "retire"; readonly id: SlotId; readonly reason: string }
  /** A secondary acknowledged the minimal stream with where its replica is. */
  | {
      readonly type: "mirror-acked";
      readonly id: SlotId;
      readonly host: HostId;
      readonly epoch: Epoch;
      readonly seq: Seq;
    }
  /** From now on the slot's messages wait: its pause begins. */
  | { readonly type: "held"; readonly id: SlotId }
  | { readonly type: "drained"; readonly id: SlotId; readonly epoch: Epoch; readonly seq: Seq }
  | { readonly type: "refresh"; readonly id: SlotId }
  | { readonly type: "host-suspect"; readonly host: HostId; readonly reason: string }
  | { readonly type: "host-up"; readonly host: HostId }
  /** The slot is idle and retention has nothing of it; answered by `closed` unless it is in the middle of something. */
  | { readonly type: "close"; readonly id: SlotId }
  | { readonly type: "tick" };

export type PlanEventKind =
  | "opened"
  | "mirrored"
  | "warm"
  | "shifting"
  | "shifted"
  | "failed-over"
  | "retired"
  | "gave-up"
  /** Dry run: decided and not done. */
  | "planned";

/** What the stitcher did and why: second output of the stitch node, log, status, sidebar. */
export interface PlanEvent {
  readonly kind: PlanEventKind;
  readonly atMs: Millis;
  readonly sessionId: SessionId;
  readonly slot: SlotIndex;
  readonly epoch: Epoch;
  readonly from?: HostId;
  readonly to?: HostId;
  /** For people: "host-1 peak 0.93 at +15 s, cam-7 adds 0.21, moved 4/8 slots to host-2 0.61". */
  readonly reason: string;
  /** Shifts: how long the slot was held. */
  readonly pauseMs?: Millis;
}

export type OrchestratorCommand =
  | { readonly type: "read"; readonly id: SlotId }
  | { readonly type: "write"; readonly id: SlotId; readonly record: SlotRecord; readonly expected: Revision }
  | { readonly type: "hold"; readonly id: SlotId }
  | { readonly type: "release"; readonly id: SlotId }
  /** To retention (as `assigned`, all fields) and to the route table. */
  | {
      readonly type: "assign";
      readonly id: SlotId;
      readonly epoch: Epoch;
      readonly owner: HostId;
      readonly seq: Seq;
      readonly begun?: SlotRecord["begun"];
    }
  /**
   * Send one MIRROR to a secondary (the runtime adds a recent payload within minimalRate). A replica that is behind
   * `epoch` and `seq` reads the record before it answers.
   */
  | {
      readonly type: "send-mirror";
      readonly id: SlotId;
      readonly host: HostId;
      readonly epoch: Epoch;
      readonly seq: Seq;
    }
  /** The slot is forgotten here: close it in retention too, the next message opens it again. */
  | { readonly type: "closed"; readonly id: SlotId }
  | { readonly type: "event"; readonly event: PlanEvent };
