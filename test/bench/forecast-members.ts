/** What each member is worth: alone, what the engine loses without it, and what it would gain with a further one. */
import { fitSeries, type MemberTable } from "../../src/core/forecast/engine/engine.ts";
import { furtherMembers } from "../../src/core/forecast/engine/members/further.ts";
import { members } from "../../src/core/forecast/engine/members/index.ts";
import { fitted, plainMethods } from "./forecast-methods.ts";
import { type Row, summarised } from "./forecast-summary.ts";
import { mean, scored, type Task, valuesOf } from "./forecast-tasks.ts";

export interface MemberWorth {
  readonly name: string;
  readonly isIn: boolean;
  /** Tasks that it says something of. */
  readonly applies: number;
  /** Mean MASE ÷ that of naive, geometric mean over sets; of the tasks it applies to. */
  readonly alone: number;
  /** The engine with it ÷ the engine without it, likewise: below 1 it is a gain. */
  readonly withIt: number;
  /** The same task by task, geometric mean: no task of a large error decides alone. */
  readonly byTask: number;
  /** Sets in which it is a gain by more than 0.1 %, and a loss. */
  readonly gains: number;
  readonly losses: number;
  /** Refit of it alone, with its intervals and the search for seasons, p50. */
  readonly refitMs: number;
}

const LEAST = 0.001;

function rowsWith(tasks: readonly Task[], table: MemberTable): Row[] {
  return tasks.map((task) => {
    const { forecast, refitMs } = fitted(task, table, 1);
    return { ...scored(task, forecast), id: task.id, set: task.set, refitMs };
  });
}

function without(name: string): MemberTable {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));
}

function appliesTo(task: Task, table: MemberTable): boolean {
  const series = { values: valuesOf(task), stepMs: task.stepSeconds * 1000 };
  return fitSeries(series, { h: task.h, members: table }).members.length > 0;
}

/** MASE of two methods of the same tasks, in that order; a hundredth is added, or the perfect ones would decide. */
function ratioByTask(one: readonly Row[], other: readonly Row[]): number {
  const logs = one.map(({ mase }, k) => Math.log((mase + 0.01) / ((other[k] as Row).mase + 0.01)));
  return Math.exp(mean(logs));
}

export function membersWorth(tasks: readonly Task[]): MemberWorth[] {
  const engine = rowsWith(tasks, members);
  const naive = tasks.flatMap((task) => {
    const [method] = plainMethods;
    return method
      ? [{ ...scored(task, method.run(task).forecast), id: task.id, set: task.set, refitMs: 0 }]
      : [];
  });
  return Object.entries({ ...members, ...furtherMembers }).map(([name, member]) => {
    const isIn = Object.hasOwn(members, name);
    const applying = tasks.filter((task) => appliesTo(task, { [name]: member }));
    const alone = rowsWith(applying, { [name]: member });
    const other = rowsWith(tasks, isIn ? without(name) : { ...members, [name]: member });
    const [wide, narrow] = isIn ? [engine, other] : [other, engine];
    const { all, sets } = summarised(wide, narrow);
    const ratios = Object.values(sets).map(({ relativeMase }) => relativeMase);
    return {
      name,
      isIn,
      applies: applying.length,
      alone: summarised(alone, naive).all.relativeMase,
      withIt: all.relativeMase,
      byTask: ratioByTask(wide, narrow),
      gains: ratios.filter((ratio) => ratio < 1 - LEAST).length,
      losses: ratios.filter((ratio) => ratio > 1 + LEAST).length,
      refitMs: summarised(alone, alone).all.refitMsP50,
    };
  });
}

const percent = (ratio: number): string =>
  `${ratio <= 1 ? "-" : "+"}${Math.abs(100 * (ratio - 1)).toFixed(2)} %`;

/** As a table of Markdown, for docs/forecast.md. */
export function worthTable(worths: readonly MemberWorth[]): string {
  const lines = worths.map(({ name, isIn, applies, alone, withIt, byTask, gains, losses, refitMs }) =>
    [
      name,
      isIn ? "yes" : "no",
      applies,
      alone.toFixed(3),
      percent(withIt),
      `${gains} / ${losses}`,
      percent(byTask),
      refitMs.toFixed(1),
    ].join(" | "),
  );
  return [
    "| member | in | tasks | alone ÷ naive | MASE with it | sets better / worse | task by task | refit, ms |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}
