/**
 * `npm run bench:core`: what the core costs per message, no Node-RED around it. Each part's own bench exports
 * `figures()`; here they run in one process, one after the other, so that one run tells of one machine.
 */
import { type Figure, report } from "./harness.ts";

interface Bench {
  figures(): readonly Figure[] | Promise<readonly Figure[]>;
}

/** Observe: measuring a message's session. Pick: choosing a host for a message. Plan: a planning step. */
const PARTS = ["observe", "pick", "plan"];

async function load(part: string): Promise<Bench> {
  const bench = (await import(new URL(`${part}.ts`, import.meta.url).href)) as Partial<Bench>;
  if (!bench.figures) throw new TypeError(`test/bench/${part}.ts must export figures()`);
  return { figures: bench.figures };
}

const all: Figure[] = [];
for (const part of PARTS) all.push(...(await (await load(part)).figures()));
report(all);
