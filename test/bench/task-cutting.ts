/** Series cut into forecasting tasks. */
import { scaleOf, type Task } from "./forecast-tasks.ts";

export type Values = readonly (number | null)[];

export interface Source {
  readonly set: string;
  readonly name: string;
  readonly stepSeconds: number;
  readonly values: Values;
}

const MOST = 1000;
/** Points before the first origin at least. */
const LEAST = 240;
/** Forecasts per series, evenly spread. */
const ORIGINS = 4;
export const HOUR = 3600;

/** What a step comes to; without any sample a mean is missing, a sum or count 0: silence is a value. */
export type Aggregate = "sum" | "count" | "mean";

export interface Sample {
  readonly atSeconds: number;
  readonly value: number;
}

/** Samples, ascending, per step. */
export function binned(samples: readonly Sample[], stepSeconds: number, aggregate: Aggregate): Values {
  const first = Math.floor((samples[0]?.atSeconds ?? 0) / stepSeconds);
  const last = Math.floor((samples.at(-1)?.atSeconds ?? 0) / stepSeconds);
  const sums = new Float64Array(last - first + 1);
  const counts = new Float64Array(last - first + 1);
  for (const { atSeconds, value } of samples) {
    const bin = Math.floor(atSeconds / stepSeconds) - first;
    sums[bin] = (sums[bin] as number) + value;
    counts[bin] = (counts[bin] as number) + 1;
  }
  const count = (bin: number): number => counts[bin] as number;
  return Array.from(sums, (sum, bin) => {
    if (aggregate === "count") return count(bin);
    if (aggregate === "sum") return sum;
    return count(bin) > 0 ? sum / count(bin) : null;
  });
}

/** Each forecast from a later origin, the last one at the series' end. */
export function tasksOf({ set, name, stepSeconds, values }: Source): Task[] {
  const [h, season] = stepSeconds === HOUR ? [24, 24] : [12, 1];
  const last = values.length - h;
  if (last < LEAST) return [];
  return Array.from({ length: ORIGINS }, (_, k) => {
    const end = LEAST + Math.floor(((last - LEAST) * (k + 1)) / ORIGINS);
    const train = values.slice(Math.max(0, end - MOST), end);
    return {
      id: `${set}/${name}@${end}`,
      set,
      stepSeconds,
      season,
      h,
      train,
      test: values.slice(end, end + h),
    };
  }).filter((task) => scaleOf(task) > 0 && task.test.some((value) => value !== null));
}
