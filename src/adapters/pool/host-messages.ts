import type { Epoch, Seq, SessionId, SlotIndex } from "../../core/units.ts";

/** Which message of which slot: `msg.session` on a host. */
export interface HostSession {
  readonly id: SessionId;
  readonly slot: SlotIndex;
  readonly epoch: Epoch;
  readonly seq: Seq;
}

/** A message for the host's flow. */
export interface HostMessage {
  readonly topic?: string;
  readonly payload: unknown;
  readonly props: Readonly<Record<string, unknown>>;
  readonly session: HostSession;
  /** The flow's own copy. */
  readonly state: unknown;
}

/** `msg.output`: which output of which message; the same id means the same output. */
export interface OutputMark {
  readonly id: string;
  readonly sessionId: SessionId;
  readonly slot: SlotIndex;
  readonly epoch: Epoch;
  readonly seq: Seq;
  readonly index: number;
  /** It may have been emitted before. */
  readonly repeat: boolean;
}

export interface HostOutput {
  readonly message: Record<string, unknown>;
  readonly output: OutputMark;
}

/** For the flow author; `session` where one message is meant. */
export interface HostFailure {
  readonly error: Error;
  readonly session?: HostSession;
  /** The message that was passed over: nobody else has it any more. */
  readonly message?: Pick<HostMessage, "topic" | "payload" | "props">;
}

export interface HostStatus {
  readonly owned: number;
  readonly mirrored: number;
  readonly pending: number;
  /** Outputs committed and not confirmed, where a Complete node confirms. */
  readonly unconfirmed: number;
  /** Bytes that the flow has not handled, and deliveries refused so far because there was no room. */
  readonly intakeBytes: number;
  readonly refused: number;
}
