import { sumOf } from "./column-equations.ts";
import { lagProducts } from "./lag-products.ts";
import type { NormalEquations } from "./least-absolute.ts";

/**
 * Sums of weighted products of an autoregression's predictors: 1, and the values 1..`order` steps before each target.
 * They are one series at several lags, so four sums share each load (`lagProducts`).
 */
export class LagEquations implements NormalEquations {
  readonly width: number;
  readonly #series: Float64Array;
  readonly #order: number;
  readonly #weighted: Float64Array;
  readonly #sums: Float64Array;

  /** Targets are the values of `series` from index `order` on. */
  constructor(series: Float64Array, order: number) {
    this.width = order + 1;
    this.#series = series;
    this.#order = order;
    this.#weighted = new Float64Array(series.length - order);
    this.#sums = new Float64Array(order + 1);
  }

  accumulate(weights: Float64Array, gram: Float64Array, rightSide: Float64Array): void {
    const { width } = this;
    const series = this.#series;
    const order = this.#order;
    const sums = this.#sums;
    const weighted = this.#weighted;
    const rows = weighted.length;
    // With 1: the right-hand side, which is lag 0, and the first column.
    lagProducts(weights, series, order, rows, order, sums);
    rightSide[0] = sums[0] as number;
    for (let lag = 1; lag <= order; lag++) gram[lag * width] = sums[lag] as number;
    gram[0] = sumOf(weights);
    // With the targets.
    this.#weigh(weights, order);
    lagProducts(weighted, series, order, rows, order, sums);
    for (let lag = 1; lag <= order; lag++) rightSide[lag] = sums[lag] as number;
    for (let lag = 1; lag <= order; lag++) {
      const longer = order - lag;
      this.#weigh(weights, longer);
      lagProducts(weighted, series, longer, rows, longer, sums);
      for (let more = 0; more <= longer; more++) gram[(lag + more) * width + lag] = sums[more] as number;
    }
  }

  /** The series from there on. */
  #weigh(weights: Float64Array, from: number): void {
    const series = this.#series;
    const weighted = this.#weighted;
    for (let t = 0; t < weighted.length; t++)
      weighted[t] = (weights[t] as number) * (series[from + t] as number);
  }

  fit(coefficients: Float64Array, into: Float64Array): void {
    const series = this.#series;
    const order = this.#order;
    into.fill(coefficients[0] as number);
    let lag = 1;
    for (; lag + 3 <= order; lag += 4) addFour(series, order - lag, coefficients, lag, into);
    for (; lag <= order; lag++) {
      const coefficient = coefficients[lag] as number;
      for (let t = 0; t < into.length; t++)
        into[t] = (into[t] as number) + coefficient * (series[order - lag + t] as number);
    }
  }
}

/** Adds what four lags, from `lag` on, whose first value is at `from`, say of each target. */
function addFour(
  series: Float64Array,
  from: number,
  coefficients: Float64Array,
  lag: number,
  into: Float64Array,
): void {
  const c0 = coefficients[lag] as number;
  const c1 = coefficients[lag + 1] as number;
  const c2 = coefficients[lag + 2] as number;
  const c3 = coefficients[lag + 3] as number;
  let b1 = series[from - 1] as number;
  let b2 = series[from - 2] as number;
  let b3 = series[from - 3] as number;
  for (let t = 0; t < into.length; t++) {
    const b0 = series[from + t] as number;
    into[t] = (into[t] as number) + c0 * b0 + c1 * b1 + c2 * b2 + c3 * b3;
    b3 = b2;
    b2 = b1;
    b1 = b0;
  }
}
