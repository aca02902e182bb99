/** A rule of DESIGN.md section 6 taken away; the checks have to notice. */
export type ProtocolMutant =
  | "early-emit"
  | "no-repeat"
  | "no-cas"
  | "ack-on-delivery"
  | "epoch"
  | "no-hold"
  | "trim-early"
  | "ack-on-send"
  | "same-epoch"
  | "timeout-is-success"
  | "no-replay"
  | "out-of-turn"
  | "one-numbering"
  | "ack-refused"
  | "cold-shift"
  | "no-release"
  | "no-turns"
  | "no-retransmit";

/** A rule of the log on disk taken away. */
export type LogMutant =
  | "ack-before-log"
  | "take-refused"
  | "send-before-numbered"
  | "no-numbering"
  | "delete-on-send"
  | "unordered-log"
  | "log-not-read"
  | "numbers-forgotten";

export type Mutant = ProtocolMutant | LogMutant;

/** What goes wrong in one schedule, drawn from its seed. */
export interface Plan {
  readonly maxDelayMs: number;
  loss: number;
  duplication: number;
  feedLoss: number;
  readonly storeTimeout: number;
  readonly flowFactor: number;
  readonly confirmable: boolean;
  readonly messages: number;
  readonly crashes: number;
  readonly pauses: number;
  readonly orchestratorRestarts: number;
  readonly gatewayCrashes: number;
  readonly redeploys?: number;
  /** Bound of what a gateway retains, bytes. */
  readonly bufferBytes?: number;
  /** Chance that a group of writes to the log fails. */
  logFails?: number;
  readonly shifts: number;
  readonly outputOutages: number;
  readonly hasRival: boolean;
  /** Bound of what a host takes in, bytes; a message counts with 500 and some. */
  readonly intakeBytes: number;
}
