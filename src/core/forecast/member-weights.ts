import type { Share } from "../units.ts";

/** A member of a forecast, and its part of it; the members' weights sum to 1. */
export interface ForecastMember {
  readonly name: string;
  readonly weight: Share;
  /** 1 - error / naive error of this member alone, over the same steps; absent: it was not tried alone. */
  readonly skill?: number;
}

/** More are told to nobody. */
const MOST = 8;
/** Below it a member counts for nothing that could be seen. */
const LEAST: Share = 0.01;
const DIGITS = 1000;

/** One model alone: shared, as there are thousands of sessions. */
export const soleMember = (name: string): readonly ForecastMember[] => [{ name, weight: 1 }];

/** The heaviest first, of weights ≥ 0 on any scale; rounded to thousandths. */
export function membersOf(
  weighed: Iterable<readonly [name: string, weight: number, skill?: number | undefined]>,
): ForecastMember[] {
  const all = Array.from(weighed, ([name, weight, skill]) => ({ name, weight, skill }));
  const total = sum(all);
  const seen = all
    .filter(({ weight }) => total > 0 && weight >= LEAST * total)
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST);
  const rest = sum(seen);
  return seen.map(({ name, weight, skill }) => ({
    name,
    weight: rounded(weight / rest),
    ...(skill === undefined || !Number.isFinite(skill) ? undefined : { skill: rounded(skill) }),
  }));
}

/** Another one takes a share; the others keep what is left in proportion. */
export function withMember(
  members: readonly ForecastMember[],
  name: string,
  share: Share,
): readonly ForecastMember[] {
  const others = members.map((member) => [member.name, member.weight * (1 - share), member.skill] as const);
  return membersOf([...others, [name, share]]);
}

const rounded = (value: number): number => Math.round(DIGITS * value) / DIGITS;

const sum = (members: readonly { readonly weight: number }[]): number =>
  members.reduce((total, { weight }) => total + weight, 0);
