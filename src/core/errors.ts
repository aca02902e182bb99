/** What a flow author or an operator can act on; `docs` of each code: the README's table of errors. */
export type StitchErrorCode =
  | "BAD_CONFIG"
  | "BAD_MESSAGE"
  | "BAD_SESSION_ID"
  | "BAD_ENVELOPE"
  | "BAD_RECORD"
  | "RECORD_MISSING"
  | "BAD_HEARTBEAT"
  | "BAD_PROFILE"
  | "BAD_VALUE"
  | "BAD_TRACE"
  | "NO_HOST"
  | "BUFFER_FULL"
  | "LOG_FAILED"
  | "COMMIT_TIMEOUT"
  | "UNKNOWN_SLOT"
  | "LINK_DOWN"
  | "STORE_UNAVAILABLE"
  | "STORE_CORRUPT"
  | "INDETERMINATE"
  | "VALUE_TOO_LARGE";

/** A failure the flow author can act on; bugs throw RangeError or TypeError instead. */
export class StitchError extends Error {
  override readonly name = "StitchError";
  readonly code: StitchErrorCode;

  constructor(code: StitchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Text on one line, without what commands a terminal: control characters as `\u001b`. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });

/** A value quoted for an error message: bounded, on one line, printable, never throws. */
export function quote(value: unknown, max = 60): string {
  if (typeof value === "string") {
    const text = printable(JSON.stringify(value.length > max ? `${value.slice(0, max)}…` : value));
    return value.length > max ? `${text} (${value.length} characters)` : text;
  }
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${String(value).slice(0, max)}n`;
  if (value === null || typeof value !== "object") return printable(String(value).slice(0, max));
  return Array.isArray(value) ? `an array of ${value.length}` : "an object";
}
