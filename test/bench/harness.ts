/** What all benches share: medians over rounds, and one way to print (`--json` for machines). */
import { cpus } from "node:os";

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** "ops/s", "x" for a ratio, "us" … */
  readonly unit: string;
  /** What to reach (DESIGN.md section 10); times are "at-most", throughputs and ratios "at-least". */
  readonly goal?: number;
  readonly goalIs?: "at-least" | "at-most";
  /** The rounds the median was taken of, in order. */
  readonly rounds?: readonly number[];
}

export interface Work {
  readonly name: string;
  /** Operations one call of `run` does. */
  readonly ops: number;
  readonly run: () => void;
  readonly goal?: number;
}

const WARM_UP_ROUNDS = 3;
const ROUNDS = 11;

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median needs at least one value, got 0");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] as number;
  return sorted.length % 2 ? high : ((sorted[middle - 1] as number) + high) / 2;
}

/** Rounds the figures are made of: more with `--rounds N`. */
export function roundsWanted(fallback: number = ROUNDS): number {
  const at = process.argv.indexOf("--rounds");
  const wanted = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isInteger(wanted) || wanted < 1) throw new RangeError(`--rounds must be a number >= 1`);
  return wanted;
}

/** Median operations per second of a synchronous piece of work. */
export function opsPerSec({ name, ops, run, goal }: Work): Figure {
  for (let i = 0; i < WARM_UP_ROUNDS; i++) run();
  const rounds: number[] = [];
  for (let i = roundsWanted(); i > 0; i--) {
    const start = performance.now();
    run();
    rounds.push((ops * 1000) / (performance.now() - start));
  }
  const figure = { name, value: median(rounds), unit: "ops/s", rounds };
  return goal === undefined ? figure : { ...figure, goal, goalIs: "at-least" };
}

/** Whether a figure reaches its goal; true where it has none. */
export function isMet({ value, goal, goalIs = "at-least" }: Figure): boolean {
  if (goal === undefined) return true;
  return goalIs === "at-least" ? value >= goal : value <= goal;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

function line(figure: Figure): string {
  const { name, value, unit, goal, goalIs = "at-least" } = figure;
  const wanted = goal === undefined ? "" : `  goal ${goalIs} ${goal}: ${isMet(figure) ? "met" : "MISSED"}`;
  return `${name.padEnd(44)} ${rounded(value).toLocaleString("en-US").padStart(12)} ${unit}${wanted}`;
}

/**
 * Prints the figures; `--json` names Node's version and the cpu model, nothing else of the machine. `details`: what
 * they were made of.
 */
export function report(figures: readonly Figure[], details: object = {}): void {
  if (!process.argv.includes("--json")) {
    for (const figure of figures) console.log(line(figure));
    for (const [name, detail] of Object.entries(details)) console.log(`${name}: ${JSON.stringify(detail)}`);
    return;
  }
  const out = figures.map((figure) => ({
    ...figure,
    value: rounded(figure.value),
    rounds: figure.rounds?.map(rounded),
    met: figure.goal === undefined ? undefined : isMet(figure),
  }));
  const cpu = cpus()[0]?.model ?? "unknown";
  console.log(JSON.stringify({ node: process.version, cpu, figures: out, ...details }, undefined, 2));
}
