/** A rule of DESIGN.md section 6 taken away; the checks have to notice. */
export type Mutant =
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
  | "one-numbering";

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
  readonly shifts: number;
  readonly outputOutages: number;
  readonly hasRival: boolean;
  /** Bound of what a host takes in, bytes; a message counts with 500 and some. */
  readonly intakeBytes: number;
}
