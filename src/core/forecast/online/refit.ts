import type { History } from "./history.ts";
import { type Bounds, passesGate } from "./output-gate.ts";
import type { Path, PathSource } from "./path.ts";
import type { Scale } from "./scale.ts";

/** Values a model from elsewhere is fitted on at most, and at least. */
export const MOST_VALUES = 200;
const LEAST_VALUES = 40;
/** Steps between two requests; a path must reach so much further than the horizon. */
export const EVERY_STEPS = 20;
/** A path is worth its fit over short horizons: it goes flat, or off, later. */
const LONGEST = 60;

export interface PathRequest {
  /** Names the series to the source. */
  readonly series: string;
  readonly source: PathSource;
  readonly scale: Scale;
  readonly horizon: number;
  /** The values seen, the latest included. */
  readonly history: History;
  /** On the model's scale: what no path may leave. */
  readonly bounds: Bounds;
  /** Takes a path that passed the gate. */
  readonly onPath: (path: Path) => void;
}

/** Asks a source for a new path, and lets nothing through that can't be; false: there is too little to ask by. */
export function requestPath({
  series,
  source,
  scale,
  horizon,
  history,
  bounds,
  onPath,
}: PathRequest): boolean {
  if (history.size < LEAST_VALUES || !(bounds.most > bounds.least)) return false;
  const values = bridged(history.latest(MOST_VALUES)).map(scale.to);
  if (values.length < LEAST_VALUES) return false;
  const h = Math.min(horizon, LONGEST) + EVERY_STEPS;
  source.request({
    series,
    values,
    h,
    deliver: (path) => {
      if (passesGate(path, h, bounds)) onPath(path.points.map(scale.from));
    },
  });
  return true;
}

/** From the first one seen on; missing ones are the last one repeated: NaN poisons npm arima. */
function bridged(values: Float64Array): number[] {
  const all: number[] = [];
  for (const value of values) {
    const known = Number.isNaN(value) ? all.at(-1) : value;
    if (known !== undefined) all.push(known);
  }
  return all;
}
