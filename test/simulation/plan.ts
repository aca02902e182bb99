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
  /** Stops of a gateway that goes on after up to `gatewayPauseMs`. */
  readonly gatewayPauses?: number;
  /** Hosts that end and don't come back. */
  readonly lostHosts?: number;
  /** No host fails and nothing is lost: an owner stays one until it is told otherwise. */
  readonly isCalm?: boolean;
  /** Flows of a host that hang for a while. */
  readonly flowHangs?: number;
  /** No message comes after the faults have ended. */
  readonly endsSilent?: boolean;
  /** What a planned shift holds a slot at most, ms. */
  readonly mostHeldMs?: number;
  /** Faults happen before this time; then everything has to come to rest. */
  readonly faultsMs?: number;
  /** Bound of what a gateway retains, bytes. */
  readonly bufferBytes?: number;
  /** What a group of writes to the log takes at most, ms; missing: drawn. */
  readonly diskMs?: number;
  /** Chance that a group of writes to the log fails. */
  logFails?: number;
  readonly shifts: number;
  readonly outputOutages: number;
  /** A second gateway, configured alike, with messages of its own for the same slots. */
  readonly hasRival: boolean;
  /** Of the two one works, by a lease in the store; each message is offered to both. */
  readonly standby?: boolean;
  /** Bound of what a host takes in, bytes; a message counts with 500 and some. */
  readonly intakeBytes: number;
}
