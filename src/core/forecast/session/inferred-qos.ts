import type { DeviceProfile } from "../../profile/device-profile.ts";
import type { Pattern, Qos } from "../session-profile.ts";

/** What a rhythm suggests where nothing is declared: alarms hurry, a sign of life may be missed. */
const BY_PATTERN: Readonly<Record<Pattern, Qos>> = {
  "event-driven": { latencyMs: 1_000, loss: "none", order: "key", priority: 5 },
  periodic: { loss: "none", order: "key", priority: 4 },
  unknown: { loss: "none", order: "key", priority: 4 },
  bursty: { loss: "none", order: "key", priority: 3 },
  streaming: { latencyMs: 1_000, loss: "some", order: "key", priority: 3 },
  "keep-alive": { loss: "some", order: "none", priority: 1 },
};

/** The declared QoS, else one that fits the pattern. */
export function qosOf(pattern: Pattern, declared: DeviceProfile | undefined): Qos {
  return declared?.qos ?? BY_PATTERN[pattern];
}
