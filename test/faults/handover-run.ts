/**
 * `npm run test:faults -- --handover [--long] [--suite TEXT] [--only TEXT] [--seed N]`: gateway and hosts as separate
 * Node-RED processes under load and real faults. An independent checker at the fleet and the outputs counts what was
 * lost, duplicated or reordered: after each case, all that was sent has to have come out once, in order per key.
 */
import { parseArgs } from "node:util";
import type { Tally } from "../../src/demo/checker.ts";
import { Ending, temporaryFolder } from "../../src/demo/ending.ts";
import { tail } from "../../src/demo/processes.ts";
import { seededRandom } from "../../src/demo/random.ts";
import { type CaseResult, type FaultCase, type FaultCounts, handoverCases } from "./handover-cases.ts";
import { SUITES, type Suite } from "./handover-places.ts";
import { Stage } from "./handover-stage.ts";
import { PoolUnderTest } from "./pool-under-test.ts";

const HOSTS = ["host-1", "host-2", "host-3"];

const { values } = parseArgs({
  options: {
    handover: { type: "boolean" },
    long: { type: "boolean", default: false },
    suite: { type: "string", default: "" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);
if (!Number.isInteger(seed)) throw new RangeError(`--seed must be a whole number, got ${values.seed}`);
const random = seededRandom(seed);

/** By suite: in CI more than 20 kills in all, in the long mode more than 200. */
const SHORT: readonly FaultCounts[] = [
  { owners: 3, secondaries: 2, gateways: 3, fullLogs: 1, brokers: 2, stores: 0, others: 1, standby: 2 },
  { owners: 1, secondaries: 1, gateways: 1, fullLogs: 0, brokers: 1, stores: 0, others: 0, standby: 0 },
  { owners: 1, secondaries: 1, gateways: 2, fullLogs: 0, brokers: 1, stores: 1, others: 0, standby: 1 },
];
const LONG: readonly FaultCounts[] = [
  { owners: 30, secondaries: 20, gateways: 30, fullLogs: 10, brokers: 20, stores: 0, others: 5, standby: 10 },
  { owners: 15, secondaries: 10, gateways: 10, fullLogs: 5, brokers: 10, stores: 0, others: 2, standby: 0 },
  { owners: 15, secondaries: 10, gateways: 10, fullLogs: 5, brokers: 5, stores: 10, others: 2, standby: 10 },
];

const FAULTS = ["lost", "duplicated", "reordered", "unknown", "wrongState"] as const;

/**
 * What went wrong since the tally before; "" = nothing. What came late is out of its order, and what was counted before
 * it was counted without it.
 */
function wrongs(before: Tally, after: Tally, { late, again }: Omit<CaseResult, "told">): string {
  const found = FAULTS.map((name) => [name, after[name] - before[name]] as const);
  return found
    .filter(([name, count]) => count > (name === "reordered" ? late : 0))
    .filter(([name]) => name !== "wrongState" || late + again === 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs one case under load; whether all came out as promised. */
async function play({ name, run }: FaultCase, pool: PoolUnderTest, stage: Stage): Promise<boolean> {
  const before = stage.checker.tally(1);
  stage.run();
  let outcome: CaseResult = { told: "", late: 0, again: 0 };
  const error = await run(pool, random, stage).then((result) => {
    if (result) outcome = result;
  }, String);
  stage.pause();
  await stage.arrived();
  const after = stage.checker.tally(1);
  const wrong = [wrongs(before, after, outcome), error].filter(Boolean).join("; ");
  const { told } = outcome;
  const counts = `${after.sent - before.sent} messages, ${after.reemitted - before.reemitted} repeats dropped${told && `; ${told}`}`;
  say(`${wrong ? "FAILED" : "ok    "} ${name}: ${counts}${wrong && `: ${wrong}`}`);
  if (wrong) for (const red of pool.processes) say(`--- ${red.name}\n${tail(red.logFile)}`);
  return wrong === "";
}

interface Score {
  passed: number;
  failed: number;
  kills: number;
}

async function playSuite(suite: Suite, counts: FaultCounts, score: Score, ending: Ending): Promise<void> {
  const cases = handoverCases(counts).filter(({ name }) => name.includes(values.only));
  if (cases.length === 0) return;
  say(`${suite.name}, seed ${seed}`);
  const stage = await Stage.open(ending, HOSTS, seed);
  const [folder, broker, store] = [temporaryFolder(ending), await suite.broker(), await suite.store(ending)];
  ending.add(() => broker.kill());
  const pool = await PoolUnderTest.start({ folder, checkerPort: stage.port, broker, store }, HOSTS);
  ending.add(() => pool.stop());
  await stage.begin();
  for (const each of cases) {
    if (await play(each, pool, stage)) score.passed++;
    else score.failed++;
  }
  score.kills += pool.kills;
}

const score: Score = { passed: 0, failed: 0, kills: 0 };
for (const [i, suite] of SUITES.entries()) {
  if (!suite.name.includes(values.suite)) continue;
  const lacks = await suite.lacks();
  if (lacks) {
    say(`left out ${suite.name}: ${lacks}`);
    if (process.env["CI"]) score.failed++;
    continue;
  }
  const ending = new Ending();
  const stop = (): void => void ending.run().finally(() => process.exit(1));
  process.once("SIGTERM", stop).once("SIGINT", stop);
  try {
    await playSuite(suite, (values.long ? LONG : SHORT)[i] as FaultCounts, score, ending);
  } catch (error) {
    say(`FAILED ${suite.name}: ${String(error)}`);
    score.failed++;
  } finally {
    process.off("SIGTERM", stop).off("SIGINT", stop);
    await ending.run();
  }
}
say(`${score.kills} kills`);
say(`${score.passed} passed, ${score.failed} failed`);
process.exit(score.failed > 0 ? 1 : 0);
