import { quote, StitchError } from "../../errors.ts";
import type { Millis } from "../../ports.ts";
import type { Level } from "../forecaster.ts";

/** How the values of one step become one. */
export type Aggregation = "mean" | "sum" | "last" | "count";
/** What a step without values counts as: missing, the value before, or 0. */
export type MissingPolicy = "gap" | "hold" | "zero";

/** Orders of autoregression, of differences and of the moving average. */
export type ArimaOrder = readonly [p: number, d: number, q: number];

/** A forecast node's settings, checked. */
export interface ForecastSettings {
  readonly mode: "session" | "value";
  /** Where the number is. */
  readonly value: string;
  readonly valueType: "msg";
  /** What tells series apart: a property, or one fixed name. */
  readonly series: string;
  readonly seriesType: "msg" | "str";
  readonly stepMs: Millis;
  readonly horizon: number;
  readonly level: Level;
  readonly aggregation: Aggregation;
  readonly missing: MissingPolicy;
  readonly arima: boolean;
  /** Undefined: found for each series. */
  readonly arimaOrder?: ArimaOrder;
  /** A network trained on all series of the node. */
  readonly lstm: boolean;
}

/** As a forecast node's editor saves it. */
export interface ForecastFields {
  readonly mode: string;
  readonly value: string;
  readonly valueType: string;
  readonly series: string;
  readonly seriesType: string;
  readonly stepMs: string;
  readonly horizon: string;
  readonly level: string;
  readonly aggregation: string;
  readonly missing: string;
  readonly arima: boolean;
  /** "p, d, q"; empty: found for each series. */
  readonly arimaOrder: string;
  readonly lstm: boolean;
}

const MODES = ["session", "value"] as const;
const AGGREGATIONS: readonly Aggregation[] = ["mean", "sum", "last", "count"];
const MISSING: readonly MissingPolicy[] = ["gap", "hold", "zero"];
const LEVELS = ["80", "90", "95"] as const;

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `${what}, got ${quote(value)}`);
};

function oneOf<T extends string>(value: unknown, all: readonly T[], name: string): T {
  const found = all.find((one) => one === value);
  return found ?? bad(`${name} must be one of ${all.join(", ")}`, value);
}

function integer(value: unknown, least: number, most: number, name: string): number {
  const isText = typeof value === "string" && value.trim() !== "";
  const number = isText || typeof value === "number" ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number >= least && number <= most
    ? number
    : bad(`${name} must be a whole number from ${least} to ${most}`, value);
}

function property(value: unknown, name: string): string {
  return typeof value === "string" && value.trim() !== "" ? value : bad(`${name} must not be empty`, value);
}

/** Larger ones take seconds a fit, and fit noise. */
const MOST_ORDER: ArimaOrder = [5, 2, 5];

function orderOf(value: unknown): ArimaOrder | undefined {
  if (value === "") return undefined;
  const wrong = (): never =>
    bad(`ARIMA order must be empty, or p, d, q: whole numbers up to ${MOST_ORDER.join(", ")}`, value);
  if (typeof value !== "string" || !/^ *\d( *, *\d){2} *$/.test(value)) return wrong();
  const [p = 0, d = 0, q = 0] = value.split(",").map(Number);
  const isWithin = p <= MOST_ORDER[0] && d <= MOST_ORDER[1] && q <= MOST_ORDER[2];
  // Of nothing at all there is no model.
  return isWithin && p + d + q > 0 ? [p, d, q] : wrong();
}

const isOn = (value: unknown): boolean => value === true || value === "true";

const levelText = (value: unknown): unknown => (typeof value === "number" ? String(value) : value);

/** Shared by the runtime and the dialog; a field that is absent takes its default. Throws StitchError `BAD_CONFIG`. */
export function readForecastSettings(fields: Partial<ForecastFields>): ForecastSettings {
  const { valueType = "msg", seriesType = "msg", level = "80", arima = true, lstm = true } = fields;
  const arimaOrder = orderOf(fields.arimaOrder ?? "");
  return {
    mode: oneOf(fields.mode ?? "session", MODES, "mode"),
    value: property(fields.value ?? "payload", "value"),
    valueType: oneOf(valueType, ["msg"], "type of value"),
    series: property(fields.series ?? "topic", "series"),
    seriesType: oneOf(seriesType, ["msg", "str"], "type of series"),
    stepMs: integer(fields.stepMs ?? "10000", 100, 86_400_000, "step (ms)"),
    horizon: integer(fields.horizon ?? "30", 1, 500, "horizon (steps)"),
    level: Number(oneOf(levelText(level), LEVELS, "level (percent)")) as Level,
    aggregation: oneOf(fields.aggregation ?? "mean", AGGREGATIONS, "aggregation"),
    missing: oneOf(fields.missing ?? "gap", MISSING, "missing steps"),
    arima: isOn(arima),
    ...(arimaOrder && { arimaOrder }),
    lstm: isOn(lstm),
  };
}
