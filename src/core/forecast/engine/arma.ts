import { leastAbsolute } from "./least-absolute.ts";

/**
 * ARMA with one seasonal term each: (1 - φ(B)) (1 - Φ B^s) w = (1 + θ(B)) (1 + Θ B^s) e. Started by Hannan & Rissanen
 * (1982), refined by conditional least squares over partial autocorrelations within (-1, 1) (Barndorff-Nielsen &
 * Schou 1973; Monahan 1984), of which every point is stationary and invertible.
 */
export interface Arma {
  readonly phi: Float64Array;
  readonly theta: Float64Array;
  readonly seasonalPhi: number;
  readonly seasonalTheta: number;
  /** Steps; 0: none. */
  readonly season: number;
}

/** Partial autocorrelations stay this far from the edge: beyond, an impulse lasts for hundreds of steps. */
const MOST = 0.98;
/** Orders tried. */
const ORDERS: readonly (readonly [p: number, q: number])[] = [
  [1, 0],
  [2, 0],
  [4, 0],
  [0, 1],
  [1, 1],
  [2, 1],
  [1, 2],
  [2, 2],
];
/** Order of the first autoregression, whose residuals stand for the unknown shocks. */
const LONG = 20;
/** Steps of the refinement, on the scale of artanh. */
const STEPS: readonly number[] = [0.2, 0.1, 0.05];

const clamped = (value: number): number =>
  Number.isFinite(value) ? Math.min(MOST, Math.max(-MOST, value)) : 0;

/** Coefficients of the autoregression with these partial autocorrelations (Durbin-Levinson). */
export function fromPartial(partial: ArrayLike<number>): Float64Array {
  const phi = new Float64Array(partial.length);
  for (let k = 0; k < partial.length; k++) {
    const r = partial[k] as number;
    const before = phi.slice(0, k);
    phi[k] = r;
    for (let i = 0; i < k; i++) phi[i] = (before[i] as number) - r * (before[k - 1 - i] as number);
  }
  return phi;
}

/** The other way round, clamped on the way: of whatever coefficients the partial autocorrelations of stationary ones. */
export function toPartial(coefficients: ArrayLike<number>): Float64Array {
  const phi = Float64Array.from(coefficients);
  const partial = new Float64Array(phi.length);
  for (let k = phi.length - 1; k >= 0; k--) {
    const r = clamped(phi[k] as number);
    partial[k] = r;
    const after = phi.slice(0, k);
    for (let i = 0; i < k; i++)
      phi[i] = ((after[i] as number) + r * (after[k - 1 - i] as number)) / (1 - r * r);
  }
  return partial;
}

interface Lags {
  readonly lags: readonly number[];
  readonly coefficients: readonly number[];
}

/** The product with the seasonal term, as what is added of each lag; `sign`: -1 of an autoregression. */
function expanded(short: Float64Array, seasonal: number, season: number, sign: 1 | -1): Lags {
  const lags = Array.from(short, (_, i) => i + 1);
  const coefficients = Array.from(short);
  if (season > 0 && seasonal !== 0) {
    lags.push(season, ...lags.map((lag) => lag + season));
    coefficients.push(seasonal, ...coefficients.map((one) => sign * one * seasonal));
  }
  return { lags, coefficients };
}

function weighed({ lags, coefficients }: Lags, values: Float64Array, t: number): number {
  let sum = 0;
  for (let k = 0; k < lags.length; k++) {
    const at = t - (lags[k] as number);
    if (at >= 0) sum += (coefficients[k] as number) * (values[at] as number);
  }
  return sum;
}

/** Shocks of a series with mean 0, those before it taken for 0. */
export function shocksOf(model: Arma, w: Float64Array): Float64Array {
  const ar = expanded(model.phi, model.seasonalPhi, model.season, -1);
  const ma = expanded(model.theta, model.seasonalTheta, model.season, 1);
  const shocks = new Float64Array(w.length);
  for (let t = 0; t < w.length; t++)
    shocks[t] = (w[t] as number) - weighed(ar, w, t) - weighed(ma, shocks, t);
  return shocks;
}

/** The next `h` values, later shocks being 0. */
export function continued(model: Arma, w: Float64Array, shocks: Float64Array, h: number): Float64Array {
  const ar = expanded(model.phi, model.seasonalPhi, model.season, -1);
  const ma = expanded(model.theta, model.seasonalTheta, model.season, 1);
  const reach = Math.max(0, ...ar.lags, ...ma.lags);
  const from = Math.max(0, w.length - reach);
  const known = w.length - from;
  const line = new Float64Array(known + h);
  const later = new Float64Array(known + h);
  line.set(w.subarray(from));
  later.set(shocks.subarray(from, w.length));
  for (let t = known; t < line.length; t++) line[t] = weighed(ar, line, t) + weighed(ma, later, t);
  return line.subarray(known);
}

/** Mean square of the shocks, the first cycle left out. */
function costOf(model: Arma, w: Float64Array): number {
  const shocks = shocksOf(model, w);
  const from = Math.min(model.season, w.length >> 1);
  let sum = 0;
  for (let t = from; t < shocks.length; t++) sum += (shocks[t] as number) ** 2;
  return sum / (shocks.length - from);
}

/** Partial autocorrelations of φ, of θ (as of an autoregression with -θ), then Φ and Θ. */
function built(partial: ArrayLike<number>, p: number, q: number, season: number): Arma {
  const all = Array.from(partial);
  return {
    phi: fromPartial(all.slice(0, p)),
    theta: fromPartial(all.slice(p, p + q)).map((value) => -value),
    seasonalPhi: season > 0 ? (all[p + q] ?? 0) : 0,
    seasonalTheta: season > 0 ? (all[p + q + 1] ?? 0) : 0,
    season,
  };
}

/** Residuals of a long autoregression; undefined: too little to learn from. */
function firstShocks(w: Float64Array): Float64Array | undefined {
  const order = Math.min(LONG, w.length >> 3);
  if (order < 1) return;
  const columns = lagged(
    w,
    order,
    Array.from({ length: order }, (_, i) => i + 1),
  );
  const phi = regressed(columns, w.subarray(order));
  const shocks = new Float64Array(w.length);
  for (let t = order; t < w.length; t++) {
    let fitted = 0;
    for (let i = 0; i < order; i++) fitted += (phi[i] as number) * (w[t - 1 - i] as number);
    shocks[t] = (w[t] as number) - fitted;
  }
  return shocks;
}

const lagged = (values: Float64Array, from: number, lags: readonly number[]): Float64Array[] =>
  lags.map((lag) => values.subarray(from - lag, values.length - lag));

/** Coefficients without the intercept. */
function regressed(columns: readonly Float64Array[], targets: Float64Array): Float64Array {
  const design = {
    columns: [new Float64Array(targets.length).fill(1), ...columns],
    targets,
    seen: new Uint8Array(targets.length).fill(1),
    penalties: new Float64Array(columns.length + 1).fill(1),
  };
  return leastAbsolute(design).subarray(1);
}

function started(w: Float64Array, shocks: Float64Array, p: number, q: number, season: number): number[] {
  const from = Math.max(p, q, season);
  const steps = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
  const columns = [...lagged(w, from, steps(p)), ...lagged(shocks, from, steps(q))];
  if (season > 0) columns.push(...lagged(w, from, [season]), ...lagged(shocks, from, [season]));
  const found = regressed(columns, w.subarray(from));
  const partial = [
    ...toPartial(found.subarray(0, p)),
    ...toPartial(found.subarray(p, p + q).map((value) => -value)),
  ];
  return season > 0
    ? [...partial, clamped(found[p + q] as number), clamped(found[p + q + 1] as number)]
    : partial;
}

/** One parameter after the other, a step up or down where that is better. */
function refined(w: Float64Array, start: readonly number[], p: number, q: number, season: number): Arma {
  const at = start.map((value) => Math.atanh(value));
  const model = (): Arma =>
    built(
      at.map((value) => clamped(Math.tanh(value))),
      p,
      q,
      season,
    );
  let least = costOf(model(), w);
  for (const step of STEPS) {
    for (let k = 0; k < at.length; k++) {
      const before = at[k] as number;
      for (const moved of [before + step, before - step]) {
        const kept = at[k] as number;
        at[k] = moved;
        const cost = costOf(model(), w);
        if (cost < least) least = cost;
        else at[k] = kept;
      }
    }
  }
  return model();
}

/** Of a series with mean 0 and unit variance; undefined: too short. The order by Akaike's corrected criterion. */
export function fitArma(w: Float64Array, season: number): Arma | undefined {
  const shocks = firstShocks(w);
  if (shocks === undefined || w.length < 2 * season + 40) return;
  let best: { score: number; start: number[]; p: number; q: number } | undefined;
  for (const [p, q] of ORDERS) {
    const start = started(w, shocks, p, q, season);
    const cost = costOf(built(start, p, q, season), w);
    const count = start.length + 1;
    const score =
      w.length * Math.log(cost + 1e-12) + 2 * count + (2 * count * (count + 1)) / (w.length - count - 1);
    if (Number.isFinite(score) && (best === undefined || score < best.score)) best = { score, start, p, q };
  }
  return best && refined(w, best.start, best.p, best.q, season);
}
