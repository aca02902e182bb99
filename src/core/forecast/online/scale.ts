/**
 * The scale a series is modelled on. Counts and rates are skewed and grow by factors: on log1p their spread is
 * even, and no interval reaches below 0. Anything else (a temperature may be negative) stays as it is.
 */
export interface Scale {
  readonly name: "log1p" | "linear";
  readonly to: (value: number) => number;
  readonly from: (scaled: number) => number;
}

export const log1pScale: Scale = {
  name: "log1p",
  to: (value) => Math.log1p(Math.max(0, value)),
  from: (scaled) => Math.max(0, Math.expm1(scaled)),
};

export const linearScale: Scale = { name: "linear", to: (value) => value, from: (scaled) => scaled };
