import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";

export interface ProfileLike {
  readonly sessionId: string;
  readonly atMs: number;
  readonly stepMs?: number;
  /** Upper bounds, messages/s per step; the medians are half of them. */
  readonly messages: readonly number[];
  /** The same in bytes/s; as many bytes as messages where it is left out. */
  readonly bytes?: readonly number[];
  readonly skill?: number;
}

/** A valid Session Profile with these curves. */
export function profileLike(like: ProfileLike): SessionProfile {
  const { sessionId, atMs, stepMs = 5000, messages, bytes = messages, skill = 0.5 } = like;
  const curve = (upper: readonly number[]) => ({
    median: upper.map((value) => value / 2),
    lower: upper.map(() => 0),
    upper,
    level: 80 as const,
  });
  const peakBps = Math.max(...bytes);
  return {
    sessionId,
    atMs,
    stepMs,
    horizon: messages.length,
    bytes: curve(bytes),
    messages: curve(messages),
    pattern: "streaming",
    dataTypes: { json: 1 },
    qos: { loss: "none", order: "key", priority: 4 },
    allocation: {
      peakBps,
      peakAtMs: atMs + stepMs * (bytes.indexOf(peakBps) + 1),
      hosts: 1,
      capacityBps: peakBps,
      readyByMs: atMs + stepMs * bytes.indexOf(peakBps),
    },
    model: { name: "test", skill, trainedOn: 100 },
  };
}
