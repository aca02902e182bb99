import { StitchError } from "../../core/errors.ts";

/** JetStream's own numbers (nats-server, server/errors.json). */
const WRONG_LAST_SEQUENCE = 10071;
const TOO_LARGE: readonly number[] = [10054];

interface NatsError {
  readonly name?: string;
  readonly code?: unknown;
  readonly message?: string;
}

const asNats = (error: unknown): NatsError => (error ?? {}) as NatsError;

/** Somebody else wrote: the revision that was expected doesn't stand. */
export const isConflict = (error: unknown): boolean => asNats(error).code === WRONG_LAST_SEQUENCE;

/** Nobody took the request, as while a leader is elected or servers are away: it was not done, and may be tried again. */
export function isLeaderless(error: unknown): boolean {
  const { name = "", message = "" } = asNats(error);
  return (
    ["JetStreamNotEnabled", "NoRespondersError"].includes(name) ||
    /no responders|temporarily unavailable|no suitable peers/i.test(message)
  );
}

/** What is told of a failure. A write that isn't known to have failed is of unknown fate. */
export function natsFault(error: unknown, isWrite: boolean): StitchError {
  if (error instanceof StitchError) return error;
  const { name = "", code, message = "" } = asNats(error);
  const text = `NATS store: ${message || String(error)}`.slice(0, 300);
  const options = { cause: error };
  if (TOO_LARGE.includes(Number(code)) || /payload/i.test(message))
    return new StitchError("VALUE_TOO_LARGE", text, options);
  const isDefinite = name === "JetStreamApiError" || isLeaderless(error);
  return new StitchError(isWrite && !isDefinite ? "INDETERMINATE" : "STORE_UNAVAILABLE", text, options);
}

/** Older ones lose acknowledged writes of a replicated stream. */
const SAFE_VERSION = [2, 10, 27] as const;

export function isSafeServer(version: string): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [i, wanted] of SAFE_VERSION.entries()) {
    const part = parts[i] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
