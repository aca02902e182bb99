import { quote } from "../../errors.ts";
import type { ForecastOptions, Level, Series } from "../forecaster.ts";
import { LIMIT } from "./past.ts";

export interface ScriptOptions extends Pick<ForecastOptions, "h"> {
  /** Percent; 80 unless told. */
  readonly level?: Level;
  /** Whether no forecast goes below 0; unless told it may. */
  readonly nonNegative?: boolean;
  /** Names of the members (`memberNames`) to forecast by, in place of the engine's own. */
  readonly members?: readonly string[];
}

/** Steps that a script may ask for: a second's work, not the whole memory. */
const MOST_STEPS = 100_000;
const LEVELS: readonly unknown[] = [80, 90, 95] satisfies readonly Level[];

const wrongType = (what: string, value: unknown): never => {
  throw new TypeError(`${what}, got ${quote(value)}`);
};

const outOfRange = (what: string, value: unknown): never => {
  throw new RangeError(`${what}, got ${quote(value)}`);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a script gives: nobody checked its types. Throws a TypeError or RangeError that names the field. */
export function readSeries(series: unknown): Series {
  if (!isRecord(series)) return wrongType("series must be an object { values, stepMs }", series);
  const { values, stepMs } = series;
  if (typeof stepMs !== "number" || !(stepMs > 0 && stepMs < Number.POSITIVE_INFINITY))
    return outOfRange("stepMs must be a finite number > 0 ms", stepMs);
  checkValues(values);
  return { values, stepMs };
}

/** The same of its options, with what they are unless told. */
export function readOptions(options: unknown): ForecastOptions & Pick<ScriptOptions, "members"> {
  if (!isRecord(options)) return wrongType("options must be an object { h, level, nonNegative }", options);
  const { h, level = 80, nonNegative = false, members } = options;
  if (typeof h !== "number" || !(Number.isInteger(h) && h >= 1 && h <= MOST_STEPS))
    return outOfRange(`h must be a whole number of steps from 1 to ${MOST_STEPS}`, h);
  if (!LEVELS.includes(level)) return outOfRange("level must be 80, 90 or 95 %", level);
  if (typeof nonNegative !== "boolean") return wrongType("nonNegative must be true or false", nonNegative);
  const checked = { h, level: level as Level, nonNegative };
  if (members === undefined) return checked;
  if (!Array.isArray(members)) return wrongType("members must be an array of names", members);
  return { ...checked, members };
}

function checkValues(values: unknown): asserts values is ArrayLike<number> {
  const isList = readable(() => isArrayLike(values));
  if (!isList) wrongType("values must be an array of numbers", values);
  const list = values as ArrayLike<unknown>;
  const wrong = readable(() => indexOfWrong(list));
  if (wrong !== undefined)
    wrongType(`values[${wrong}] must be a number, or NaN or null where it is missing`, list[wrong]);
}

/** Getters and proxies are a script's own code. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : quote(cause);
    throw new TypeError(`values can't be read: ${why}`, { cause });
  }
}

function isArrayLike(values: unknown): values is ArrayLike<unknown> {
  if (typeof values !== "object" || values === null || !("length" in values)) return false;
  const { length } = values;
  return Number.isSafeInteger(length) && (length as number) >= 0;
}

/** Of the newest values, which are all that is looked at. */
function indexOfWrong(values: ArrayLike<unknown>): number | undefined {
  for (let i = Math.max(0, values.length - LIMIT); i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" && value !== undefined && value !== null) return i;
  }
  return undefined;
}
