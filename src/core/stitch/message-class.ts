import type { Qos } from "../forecast/session-profile.ts";

/** What a full buffer asks of a message: whether it may be dropped at all, and before which others. */
export type MessageClass = Pick<Qos, "loss" | "priority">;

/** Above all priorities. */
const NEVER_LOST = 8;

export const rankOf = ({ loss, priority }: MessageClass): number => (loss === "none" ? NEVER_LOST : priority);

/** A message of one class pushes out what may be lost and is less important than itself. */
export const yieldsTo = (retained: MessageClass | undefined, offered: MessageClass): boolean =>
  retained !== undefined && rankOf(retained) < rankOf(offered);
