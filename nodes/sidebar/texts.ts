/** A text of the catalogue; `{name}` in it is replaced. Not i18next's own way: ids come from devices, and it would read them. */
export type Texts = (key: string, values?: Readonly<Record<string, string | number>>) => string;

export function textsOf(translate: (key: string) => string): Texts {
  return (key, values = {}) =>
    translate(`session-stitching.${key}`).replace(/\{(\w+)\}/g, (all, name: string) =>
      String(values[name] ?? all),
    );
}

/** A number and its unit stay on one line. */
const UNBROKEN = "\u00a0";

export const percent = (share: number | undefined): string =>
  share === undefined ? "–" : `${Math.round(share * 100)}${UNBROKEN}%`;

const UNITS = ["", "k", "M", "G", "T"];

/** Three digits and a unit: "1.25 k". */
export function amount(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = rest >= 100 || Number.isInteger(rest) ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)}${unit > 0 ? ` ${UNITS[unit]}` : ""}`;
}

/** "39.6 kB/s". */
export function bytesRate(value: number | undefined): string {
  const text = amount(value);
  return `${text}${/[kMGT]$/.test(text) ? "" : " "}B/s`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${amount(ms)}${UNBROKEN}ms`;
  if (ms < 120_000) return `${amount(ms / 1000)}${UNBROKEN}s`;
  return ms < 7_200_000 ? `${amount(ms / 60_000)}${UNBROKEN}min` : `${amount(ms / 3_600_000)}${UNBROKEN}h`;
}

export const clockTime = (atMs: number): string => new Date(atMs).toLocaleTimeString();
