/** Numbers, units and times as people read them in the sidebar. */

/** A number and its unit stay on one line. */
const UNBROKEN = "\u00a0";

export const percent = (share: number | undefined): string =>
  share === undefined ? "–" : `${Math.round(share * 100)}${UNBROKEN}%`;

const UNITS = ["", "k", "M", "G", "T"];
const DIGITS = 3;

/** Of the editor: its numbers and times are written as its words are. */
let language: string | undefined;

/** Undefined, or one that the browser doesn't know: the browser's own. */
export function setLanguage(of: string | undefined): void {
  language = of !== undefined && isKnown(of) ? of : undefined;
}

function isKnown(of: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(of).length > 0;
  } catch {
    return false;
  }
}

/** With so many digits after the point, or comma. */
export function decimal(value: number, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return value.toLocaleString(language, options).replace("-", "−");
}

/** Three digits and a unit: "1.25 k". */
export function amount(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  let unit = 0;
  // Rounded first: 999.9 is 1.00 k, and 99.97 is 100.
  let rest = Number(value.toPrecision(DIGITS));
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = rest >= 100 || (unit === 0 && Number.isInteger(value)) ? 0 : rest >= 10 ? 1 : 2;
  return `${decimal(rest, digits)}${unit > 0 ? ` ${UNITS[unit]}` : ""}`;
}

/** "39.6 kB/s". */
export function bytesRate(value: number | undefined): string {
  const text = amount(value);
  return `${text}${/[kMGT]$/.test(text) ? "" : " "}B/s`;
}

export function duration(ms: number): string {
  if (ms < 999.5) return `${amount(ms)}${UNBROKEN}ms`;
  if (ms < 120_000) return `${amount(ms / 1000)}${UNBROKEN}s`;
  return ms < 7_200_000 ? `${amount(ms / 60_000)}${UNBROKEN}min` : `${amount(ms / 3_600_000)}${UNBROKEN}h`;
}

export const clockTime = (atMs: number): string => new Date(atMs).toLocaleTimeString(language);
