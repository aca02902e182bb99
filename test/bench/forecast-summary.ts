/** What a method's scores come to, per set and in all. */

import { mean, type TaskScore } from "./forecast-tasks.ts";
import { median } from "./harness.ts";

/** One method on one task. */
export interface Row extends TaskScore {
  readonly id: string;
  readonly set: string;
  readonly refitMs: number;
}

export interface Summary {
  readonly tasks: number;
  readonly mase: number;
  readonly smape: number;
  /** Percent. */
  readonly coverage80: number;
  readonly coverage95: number;
  readonly msis: number;
  readonly nonFinite: number;
  readonly beyondTwoRanges: number;
  readonly refitMsP50: number;
  readonly refitMsP95: number;
  /** Mean MASE ÷ the reference's on the same tasks; in all: the geometric mean over sets. */
  readonly relativeMase: number;
}

export interface MethodSummary {
  readonly all: Summary;
  readonly sets: Readonly<Record<string, Summary>>;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
}

function relativeTo(rows: readonly Row[], reference: ReadonlyMap<string, Row>): number {
  const both = rows.filter(({ id }) => reference.has(id));
  const theirs = both.map(({ id }) => (reference.get(id) as Row).mase);
  return mean(both.map(({ mase }) => mase)) / mean(theirs);
}

function summaryOf(rows: readonly Row[], relativeMase: number): Summary {
  const points = rows.reduce((sum, row) => sum + row.points, 0);
  const share = (of: (row: Row) => number): number =>
    (100 * rows.reduce((sum, row) => sum + of(row) * row.points, 0)) / points;
  const total = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  const refits = rows.map(({ refitMs }) => refitMs).filter(Number.isFinite);
  return {
    tasks: rows.length,
    mase: mean(rows.map(({ mase }) => mase)),
    smape: mean(rows.map(({ smape }) => smape)),
    coverage80: share(({ coverage80 }) => coverage80),
    coverage95: share(({ coverage95 }) => coverage95),
    msis: mean(rows.map(({ msis }) => msis)),
    nonFinite: total(({ nonFinite }) => nonFinite),
    beyondTwoRanges: total(({ beyondTwoRanges }) => beyondTwoRanges),
    refitMsP50: refits.length > 0 ? median(refits) : Number.NaN,
    refitMsP95: quantile(refits, 0.95),
    relativeMase,
  };
}

/** `reference`: the rows of the method that MASE is relative to. */
export function summarised(rows: readonly Row[], reference: readonly Row[]): MethodSummary {
  const theirs = new Map(reference.map((row) => [row.id, row]));
  const bySet = new Map<string, Row[]>();
  for (const row of rows) bySet.set(row.set, [...(bySet.get(row.set) ?? []), row]);
  const sets: Record<string, Summary> = {};
  const ratios: number[] = [];
  for (const [set, own] of bySet) {
    const ratio = relativeTo(own, theirs);
    sets[set] = summaryOf(own, ratio);
    if (Number.isFinite(ratio)) ratios.push(ratio);
  }
  const geometric = Math.exp(mean(ratios.map(Math.log)));
  return { all: summaryOf(rows, geometric), sets };
}
