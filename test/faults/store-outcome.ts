import type { LoadReport } from "./store-load.ts";

/** What was seen, and what is wrong with it. */
export interface Outcome {
  readonly counts: string;
  readonly wrongs: readonly string[];
}

export interface StoreCase {
  readonly name: string;
  readonly needs?: "nats-server" | "mosquitto" | "strace" | "mount";
  /** Its rule is broken on purpose: it has to be found wrong, by these words. */
  readonly mustFind?: string;
  readonly run: () => Promise<Outcome>;
}

export const wrongsOf = (found: Readonly<Record<string, number>>): string[] =>
  Object.entries(found).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));

export const outcomeOf = (report: LoadReport, more: Readonly<Record<string, number>> = {}): Outcome => ({
  counts: `${report.acknowledged} acknowledged writes, ${report.open} of unknown fate, ${report.refused} refused`,
  wrongs: wrongsOf({
    "writes lost": report.lost,
    "writes not listed": report.unlisted,
    "increments lost": report.missing,
    "increments too many": report.surplus,
    "changes that went back": report.backwards,
    "keys that replicas differ in": report.apart,
    ...more,
  }),
});

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
