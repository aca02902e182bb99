import type { DataKind, Pattern, Qos } from "../forecast/session-profile.ts";
import type { Millis } from "../ports.ts";

/** What must hold of a message for a device profile to apply; each absent rule holds. */
export interface MatchRules {
  /** MQTT topic filter: `+` one level, `#` the rest. */
  readonly topic?: string;
  /** Pattern of the session's id: `*` any characters. */
  readonly sessionId?: string;
  readonly kind?: DataKind;
  /** Names that a JSON payload must have, dots for nested ones. */
  readonly fields?: readonly string[];
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

/** What is declared of a device type: the forecast's prior until its own history suffices. */
export interface DeviceProfile {
  /** Unique within a library: "lorawan-sensor". */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly match: MatchRules;
  readonly rhythm: {
    readonly pattern: Pattern;
    readonly periodMs?: Millis;
    /** Standard deviation of a gap ÷ its mean. */
    readonly cv?: number;
    /** Messages at a time; the period is then that of the bursts. */
    readonly burst?: number;
  };
  /** Typical payload size. */
  readonly bytes: number;
  readonly qos: Qos;
}
