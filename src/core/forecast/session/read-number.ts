import { quote, StitchError } from "../../errors.ts";

/** Far beyond any measurement, and its square still is a number. */
const MOST = 1e100;
const MAX_SERIES_NAME = 256;

/** A number, or text that is one, as MQTT brings it. Throws StitchError `BAD_VALUE` that names `field`. */
export function readNumber(value: unknown, field: string): number {
  const isText = typeof value === "string" && value.trim() !== "";
  const number = isText || typeof value === "number" ? Number(value) : Number.NaN;
  if (Math.abs(number) <= MOST) return number;
  throw new StitchError("BAD_VALUE", `${field} must be a finite number (up to ±1e100), got ${quote(value)}`);
}

/** What a series is called. Throws StitchError `BAD_VALUE` that names `field`. */
export function readSeriesName(value: unknown, field: string): string {
  const name = Number.isFinite(value) ? String(value) : value;
  if (typeof name === "string" && name !== "" && name.length <= MAX_SERIES_NAME) return name;
  throw new StitchError(
    "BAD_VALUE",
    `${field} must name the series in 1 to ${MAX_SERIES_NAME} characters, got ${quote(value)}`,
  );
}
