/**
 * `npm run test:faults -- --store [--long]`: stores under load and real faults. What was acknowledged has to be there
 * afterwards, and a counter that is incremented by compare-and-set has to be exact: acknowledged ≤ final ≤
 * acknowledged + those of unknown fate.
 */
import { killWriters } from "../adapters/store/kill-writers.ts";
import { hasNats, NatsCluster } from "../support/nats-cluster.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ClusterLoad, type LoadReport } from "./store-load.ts";

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

/** What was seen, and what is wrong with it. */
interface Outcome {
  readonly counts: string;
  readonly wrongs: readonly string[];
}

interface StoreCase {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

/** Acknowledged writes between one fault and the next, so that each strikes under load. */
const BETWEEN = 50;
/** Longer than the servers take a silent leader for alive. */
const STOPPED_MS = 12_000;

const wrongsOf = (found: Readonly<Record<string, number>>): string[] =>
  Object.entries(found).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));

async function killedWriters(kills: number): Promise<Outcome> {
  const folder = temporaryFolder();
  try {
    const { acknowledged, lost, counted, counter, damaged } = await killWriters(
      folder.file("s.sqlite"),
      kills,
    );
    return {
      counts: `${acknowledged} acknowledged writes and ${counted} increments`,
      wrongs: wrongsOf({
        "writes lost": lost,
        "increments lost": counted - counter,
        // Each process may have died between its last commit and saying so.
        "increments too many": counter - counted - kills - 2,
        "damaged files": damaged,
      }),
    };
  } finally {
    folder.remove();
  }
}

const outcomeOf = (report: LoadReport): Outcome => ({
  counts: `${report.acknowledged} acknowledged writes and ${report.counted} increments, ${report.open} of unknown fate`,
  wrongs: wrongsOf({
    "writes lost": report.lost,
    "writes not listed": report.unlisted,
    "increments lost": report.counted - report.counter,
    "increments too many": report.counter - report.counted - report.open,
    "revisions that went back": report.backwards,
  }),
});

/** Strikes the leader of the bucket's stream, again and again, under load. */
async function onCluster(
  times: number,
  strike: (cluster: NatsCluster, leader: number) => Promise<void>,
): Promise<Outcome> {
  const cluster = new NatsCluster(3);
  let load: ClusterLoad | undefined;
  try {
    await cluster.start();
    load = await ClusterLoad.start(cluster.servers);
    for (let time = 0; time < times; time++) {
      await load.acknowledges(BETWEEN);
      await strike(cluster, await load.leader());
      // Until the cluster has elected another and the one that is back has caught up.
      await load.acknowledges(BETWEEN);
    }
    return outcomeOf(await load.end());
  } finally {
    await load?.close();
    await cluster.stop();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function killLeader(cluster: NatsCluster, leader: number): Promise<void> {
  await cluster.kill(leader);
  await cluster.startOne(leader);
}

async function stopLeader(cluster: NatsCluster, leader: number): Promise<void> {
  cluster.signal(leader, "SIGSTOP");
  await pause(STOPPED_MS);
  cluster.signal(leader, "SIGCONT");
}

function casesOf(isLong: boolean): StoreCase[] {
  const times = isLong ? { kills: 50, leaders: 20, stops: 10 } : { kills: 5, leaders: 3, stops: 2 };
  return [
    { name: `SQLite, ${times.kills} writers killed`, run: () => killedWriters(times.kills) },
    { name: `NATS R3, ${times.leaders} leaders killed`, run: () => onCluster(times.leaders, killLeader) },
    { name: `NATS R3, ${times.stops} leaders stopped`, run: () => onCluster(times.stops, stopLeader) },
  ];
}

async function passes({ name, run }: StoreCase, say: (line: string) => void): Promise<boolean> {
  try {
    const { counts, wrongs } = await run();
    say(`${wrongs.length > 0 ? "FAILED" : "ok    "} ${[`${name}: ${counts}`, ...wrongs].join("; ")}`);
    return wrongs.length === 0;
  } catch (error) {
    say(`FAILED ${name}: ${String(error)}`);
    return false;
  }
}

/** Runs the cases one after the other; those that need a NATS server are left out, and told, where there is none. */
export async function storeFaults({ isLong, only, say }: StoreFaultOptions): Promise<FaultCounts> {
  const isServed = await hasNats();
  let passed = 0;
  let failed = 0;
  for (const each of casesOf(isLong).filter(({ name }) => name.includes(only))) {
    if (!isServed && each.name.startsWith("NATS")) say(`left out ${each.name}: no nats-server >= 2.10.27`);
    else if (await passes(each, say)) passed++;
    else failed++;
  }
  return { passed, failed };
}
