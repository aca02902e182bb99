import type { DataKind, Pattern } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";
import type { Bps, PerSec, SessionId, Share, SlotIndex } from "../units.ts";

/** `msg.session` on the gateway: set by the profile node, read by forecast, stitch and route. */
export interface SessionFacts {
  readonly id: SessionId;
  /** Size of this message's payload. */
  readonly bytes: number;
  readonly kind: DataKind;
  readonly pattern: Pattern;
  /** hash(key) mod slots; 0 where no slot key is configured. */
  readonly slot: SlotIndex;
  /** K of DESIGN.md section 3: 1 where no slot key is configured. */
  readonly slots: number;
}

/** Distribution of a session's payload sizes, bytes. */
export interface Sizes {
  readonly p50: number;
  readonly p95: number;
  /** Geometric mean: a single large one hardly moves it. */
  readonly typical: number;
  /** Standard deviation of the sizes' logarithm. */
  readonly spread: number;
}

/** What a session looked like over its recent windows. */
export interface SessionSummary {
  readonly messages: number;
  readonly messagesPerSec: PerSec;
  readonly bytesPerSec: Bps;
  readonly interArrival: { readonly meanMs: Millis; readonly cv: number };
  readonly meanBytes: number;
  /** Distribution of the payload sizes. */
  readonly sizes?: Sizes;
  readonly pattern: Pattern;
  readonly periodMs?: Millis;
  /** How sure the period is, 0..1; 0 without one. */
  readonly periodConfidence: Share;
  /** Each kind's share of the bytes seen. */
  readonly dataTypes: Readonly<Partial<Record<DataKind, Share>>>;
}
