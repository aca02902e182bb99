import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TemporaryFolder } from "../../support/temporary-folder.ts";
import { StoreProcess } from "./store-process.ts";

export const hasStrace = (): boolean => spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/**
 * A process writes under strace, one write in flight: between two acknowledgements lies at least one sync that has
 * returned. Counts those before which there was none.
 */
export async function unsyncedAcknowledgements(
  folder: TemporaryFolder,
  name: "sync" | "sync-copy",
  writes: number,
): Promise<{ readonly acknowledged: number; readonly unsynced: number }> {
  const log = folder.file("trace");
  const tracer = ["strace", "-f", "-o", log, "-e", "trace=fsync,fdatasync,write"];
  const writer = new StoreProcess(folder.file("store.sqlite"), name, 1, tracer);
  await writer.acknowledges(writes);
  await writer.kill();
  let [synced, acknowledged, unsynced] = [0, 0, 0];
  for (const line of readFileSync(log, "utf8").split("\n")) {
    if (/f(data)?sync\(.*= 0$|<\.\.\. f(data)?sync resumed>.*= 0$/.test(line)) synced++;
    if (!/write\(1, "put /.test(line)) continue;
    acknowledged++;
    if (synced === 0) unsynced++;
    synced = 0;
  }
  return { acknowledged, unsynced };
}
