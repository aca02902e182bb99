/**
 * A process that writes to a store until it is killed: `node writer-process.ts <file> <name> <in flight>`. It says
 * its "pid", then "put <n>" for each acknowledged entry `<name>/<n>`, and "count" for each acknowledged increment of the counter `n`.
 */
import { writeSync } from "node:fs";
import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";

const [path = "", name = "", inFlight = "1"] = process.argv.slice(2);
const driver = new SqliteDriver({ path });
const value = new Uint8Array(1024).fill(7);
let last = 0;

const pause = new Int32Array(new SharedArrayBuffer(4));

/** What was said has left the process: `process.stdout` would keep it while the pipe is full. */
function say(line: string): void {
  for (;;)
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
}

async function put(): Promise<void> {
  for (;;) {
    const n = ++last;
    const key = `${name}/${n}`;
    // Two mutants: acknowledged before it is done, and before it is on disk.
    if (name.startsWith("eager")) say(`put ${n}`);
    await (name === "sync-copy" ? driver.copy(key, value, 0) : driver.put(key, value));
    if (!name.startsWith("eager")) say(`put ${n}`);
  }
}

async function count(): Promise<void> {
  for (;;) {
    const entry = await driver.get("n");
    const next = Number(entry ? Buffer.from(entry.value).toString() : 0) + 1;
    if ((await driver.cas("n", Buffer.from(String(next)), entry?.revision ?? 0)).ok) say("count");
  }
}

await driver.open();
say(`pid ${process.pid}`);
await Promise.all([
  ...Array.from({ length: Number(inFlight) }, put),
  ...(name.startsWith("sync") ? [] : [count()]),
]);
