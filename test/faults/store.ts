/**
 * `npm run test:faults -- --store [--long]`: stores under load and real faults. Afterwards what was acknowledged has to be
 * there, counters that are incremented by compare-and-set have to be exact (acknowledged ≤ final ≤ acknowledged +
 * those of unknown fate), replicas have to hold what the store holds, and none was told an older version after a newer.
 * Mutants break one rule each and have to be found.
 */
import { spawnSync } from "node:child_process";
import { hasStrace } from "../adapters/store/sync-trace.ts";
import { hasMosquitto } from "../support/mirror-broker.ts";
import { hasNats } from "../support/nats-cluster.ts";
import { storeCases } from "./store-cases.ts";
import type { Outcome, StoreCase } from "./store-outcome.ts";

export interface StoreFaultOptions {
  /** As often as the figures of DESIGN.md section 10 ask for. */
  readonly isLong: boolean;
  /** Part of the names of the cases to run; "": all. */
  readonly only: string;
  readonly say: (line: string) => void;
}

export interface FaultCounts {
  readonly passed: number;
  readonly failed: number;
}

const isRight = ({ wrongs }: Outcome, mustFind: string | undefined): boolean =>
  mustFind === undefined ? wrongs.length === 0 : wrongs.some((wrong) => wrong.endsWith(mustFind));

async function passes({ name, run, mustFind }: StoreCase, say: (line: string) => void): Promise<boolean> {
  try {
    const outcome = await run();
    const isPassed = isRight(outcome, mustFind);
    const found = outcome.wrongs.map((wrong) => (mustFind === undefined ? wrong : `found: ${wrong}`));
    say(`${isPassed ? "ok    " : "FAILED"} ${[`${name}: ${outcome.counts}`, ...found].join("; ")}`);
    return isPassed;
  } catch (error) {
    say(`FAILED ${name}: ${String(error)}`);
    return false;
  }
}

/** Runs the cases one after the other; what can't be done on this machine is left out, and told. */
export async function storeFaults({ isLong, only, say }: StoreFaultOptions): Promise<FaultCounts> {
  const has = {
    "nats-server": await hasNats(),
    mosquitto: hasMosquitto(),
    strace: hasStrace(),
    mount: spawnSync("mount", ["--fake", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0,
  };
  let passed = 0;
  let failed = 0;
  for (const each of storeCases(isLong).filter(({ name }) => name.includes(only))) {
    if (each.needs && !has[each.needs]) say(`left out ${each.name}: no ${each.needs}`);
    else if (await passes(each, say)) passed++;
    else failed++;
  }
  return { passed, failed };
}
