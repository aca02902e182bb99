/** The SQLite driver's thread, which ends without a word when the key "die" is written. */
import { parentPort } from "node:worker_threads";
import type { Parcel } from "../../src/adapters/store/parcel.ts";
import type { SqliteOp } from "../../src/adapters/store/sqlite-messages.ts";

parentPort?.on("message", ({ items }: Parcel<SqliteOp>) => {
  if (items.some((op) => "key" in op && op.key === "die")) process.exit(1);
});
await import("../../src/adapters/store/sqlite-worker.ts");
