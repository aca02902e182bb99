import { percent } from "./numbers.ts";

/**
 * What the runtime says of why, in its own words: logs and messages carry them too. `{name}` is anything, `{#name}` a
 * number. Catalogues have each under `reason.<key>`.
 */
export const REASONS: Readonly<Record<string, string>> = {
  "dry-run": "dry run: {reason}",
  "moved-one":
    "{from} peak {#peak} at +{#seconds} s, {session} adds {#adds}, moved {#slots}/{#of} slot to {to}",
  moved: "{from} peak {#peak} at +{#seconds} s, {session} adds {#adds}, moved {#slots}/{#of} slots to {to}",
  "mirrored-one":
    "{from} peak {#peak} at +{#seconds} s, {session} adds {#adds}, mirrored {#slots}/{#of} slot to {to}",
  mirrored:
    "{from} peak {#peak} at +{#seconds} s, {session} adds {#adds}, mirrored {#slots}/{#of} slots to {to}",
  draining: "{from} is draining, moved {session} to {to}",
  "no-peak": "no peak for {#seconds} s asks for a mirror of {session}",
  "gave-up-busy": "{reason}; slot is busy: {what}",
  "gave-up-suspect": "{reason}; {host} is suspect",
  "gave-up-cold": "{reason}; {host} did not get warm",
  "gave-up-taken": "{reason}; another gateway moved the slot",
  "host-silent": "{host}: {#count} heartbeats missed",
  "host-failing": "{host}: {#count} failures in a row",
  silent: "{#count} heartbeats missed",
  failing: "{#count} failures in a row",
  goodbye: "it said goodbye",
  gone: "{host} is gone",
  suspect: "{host} is suspect",
  holds: "{host} holds epoch {#epoch}, message {#seq}",
  idle: "the slot is idle",
  pinned: "pinned to {host}",
  pin: "pin to {host}",
  unpin: "no longer pinned",
  undrain: "no longer drain {host}",
  drain: "drain {host}",
  "pause-on": "pause of the planner on",
  "pause-off": "pause of the planner off",
  "dry-run-on": "dry run on",
  "dry-run-off": "dry run off",
  unlimited: "{host} (capacity unknown)",
  reached: "{host} {#peak}",
};

export interface KnownReason {
  /** Of `REASONS`. */
  readonly key: string;
  /** What its blanks hold. */
  readonly values: Readonly<Record<string, string>>;
}

const escaped = (text: string): string => text.replace(/[.*+?^$()|[\]\\/]/g, "\\$&");

function patternOf(phrase: string): RegExp {
  const numbers = escaped(phrase).replace(/\{#(\w+)\}/g, "(?<$1>[\\d.]+)");
  return new RegExp(`^${numbers.replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`, "s");
}

const PATTERNS = Object.entries(REASONS).map(([key, phrase]) => [key, patternOf(phrase)] as const);

/** Undefined: it is in words that are not known here. */
export function readReason(reason: string): KnownReason | undefined {
  for (const [key, pattern] of PATTERNS) {
    const found = pattern.exec(reason);
    if (found) return { key, values: { ...found.groups } };
  }
  return undefined;
}

/** Blanks that hold a reason again. */
const NESTED = ["reason", "to"];
/** "dry run: …; … did not get warm": none goes deeper. */
const DEPTH = 3;

/** The words of a key, with what its blanks hold. */
type Tell = (key: string, values: KnownReason["values"]) => string;

/** Blanks that hold a share of a host's capacity. */
const SHARES = ["peak", "adds"];

/** Shares in percent, as everything else that people look at has them; logs have 0 to 1. */
export const inPercent =
  (tell: Tell): Tell =>
  (key, values) => {
    const told = Object.entries(values).map(([name, value]) => {
      const isShare = SHARES.includes(name) && Number.isFinite(Number(value));
      return [name, isShare ? percent(Number(value)) : value] as const;
    });
    return tell(key, Object.fromEntries(told));
  };

/** A reason in other words: `tell` has those of a key; one that is not known stays as it is. */
export function reasonText(tell: Tell, reason: string, depth: number = DEPTH): string {
  const known = readReason(reason);
  if (!known) return reason;
  const values = Object.entries(known.values).map(([name, value]) => {
    const isNested = depth > 0 && NESTED.includes(name);
    return [name, isNested ? reasonText(tell, value, depth - 1) : value] as const;
  });
  return tell(`reason.${known.key}`, Object.fromEntries(values));
}
