import type { Forecast, ForecastOptions } from "../forecaster.ts";
import { membersOf } from "../member-weights.ts";
import { combine } from "./combine.ts";
import { reachOf } from "./conformal.ts";
import type { Fit, FittedMember } from "./fit.ts";
import { gateOf, inside } from "./gate.ts";
import { members } from "./members/index.ts";
import type { MemberTable } from "./members/member.ts";
import { viewOf } from "./past.ts";
import { stretchOf } from "./watch.ts";

/** Members named to people: those with at least this share of the weight. */
const NAMED = 0.1;

function nameOf(fitted: readonly FittedMember[], table: MemberTable): string {
  const total = fitted.reduce((sum, { weight }) => sum + weight, 0);
  const names = fitted
    .filter(({ weight }) => total > 0 && weight >= NAMED * total)
    .sort((a, b) => b.weight - a.weight)
    .map(({ key }) => table[key]?.name ?? key);
  return names.join(" + ") || "none";
}

/** The next steps of a fitted series; `also`: the members it was fitted with besides the engine's own. */
export function predict(
  fit: Fit,
  { h, level, nonNegative }: ForecastOptions,
  also: MemberTable = {},
): Forecast {
  const table = { ...members, ...also };
  const past = viewOf(fit.past);
  const origin = past.values.length;
  const gate = gateOf(past, nonNegative);
  const last = inside(gate, past.values[origin - 1] ?? 0, 0);
  const known = fit.members.filter(({ key }) => Object.hasOwn(table, key));
  const paths = known.map(({ key, model }) => table[key]?.path(model, past, origin, h) ?? new Float64Array());
  const path = combine(
    paths,
    Float64Array.from(known, ({ weight }) => weight),
    h,
  );
  const median: number[] = [];
  const lower: number[] = [];
  const upper: number[] = [];
  for (let i = 0; i < h; i++) {
    const middle = inside(gate, path[i] as number, last);
    // Nothing is known of the errors of a series with a point or two: as large as the value itself.
    const [below, above] = reachOf(fit.residuals, i + 1, level) ?? [-Math.abs(middle), Math.abs(middle)];
    const stretch = stretchOf(fit.watch, i + 1);
    median.push(middle);
    lower.push(inside(gate, middle + stretch * below, middle));
    upper.push(inside(gate, middle + stretch * above, middle));
  }
  const model = {
    name: nameOf(known, table),
    skill: fit.skill,
    trainedOn: fit.trainedOn,
    seasons: fit.seasons,
    members: membersOf(known.map(({ key, weight, skill }) => [table[key]?.name ?? key, weight, skill])),
  };
  return { median, lower, upper, level, model };
}
