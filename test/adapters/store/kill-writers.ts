import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import { StoreProcess } from "./store-process.ts";

const IN_FLIGHT = 8;
/** Writes that a process does at least before it is killed. */
const WRITES = 40;

export interface KillReport {
  readonly kills: number;
  /** Entries whose write was acknowledged to a process, before it or another was killed. */
  readonly acknowledged: number;
  /** Of these, the ones that are not in the file. */
  readonly lost: number;
  /** Increments of the shared counter that were acknowledged, and its final value. */
  readonly counted: number;
  readonly counter: number;
  readonly damaged: number;
}

/**
 * Two processes write to one file; one of them is killed (SIGKILL) under load and replaced, `kills` times, while
 * the other goes on. Then the file must hold all that was acknowledged to any of them.
 */
export async function killWriters(
  path: string,
  kills: number,
  kind: "put" | "eager" = "put",
): Promise<KillReport> {
  const processes: StoreProcess[] = [];
  const start = (): StoreProcess => {
    const writer = new StoreProcess(path, `${kind}${processes.length}`, IN_FLIGHT);
    processes.push(writer);
    return writer;
  };
  const pair = [start(), start()];
  try {
    for (let kill = 0; kill < kills; kill++) {
      const [oldest] = pair;
      await Promise.all(pair.map((writer) => writer.acknowledges(WRITES)));
      await oldest?.kill();
      pair.shift();
      pair.push(start());
    }
  } finally {
    await Promise.all(pair.map((writer) => writer.kill()));
  }
  return inspect(path, processes, kills);
}

async function inspect(path: string, processes: readonly StoreProcess[], kills: number): Promise<KillReport> {
  let damaged = 0;
  const driver = new SqliteDriver({ path, onNotice: () => damaged++ });
  const present = new Set((await driver.snapshot("")).map(({ key }) => key));
  const counter = Buffer.from((await driver.get("n"))?.value ?? []).toString();
  await driver.close();
  const acknowledged = processes.flatMap(({ name, puts }) => puts.map((n) => `${name}/${n}`));
  return {
    kills,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((key) => !present.has(key)).length,
    counted: processes.reduce((sum, { counted }) => sum + counted, 0),
    counter: Number(counter),
    damaged,
  };
}
