/**
 * An owner that is stopped: `node store-zombie-process.ts <file> <fenced|blind>`. Takes 100 slots, says "owns", and at the
 * first byte of its input writes each on the revision it was last acknowledged; says how many were accepted.
 */
import { once } from "node:events";
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";
import { writeValue } from "./store-values.ts";
import { SLOTS, slotKey } from "./store-zombie.ts";

const [path = "", kind = "fenced"] = process.argv.slice(2);
const driver = new SqliteDriver({ path });
const slots = Array.from({ length: SLOTS }, (_, i) => slotKey(i));
const first = writeValue({ epoch: 1, owner: "zombie", n: 1 });
const owned = await Promise.all(slots.map((key) => driver.cas(key, first, 0)));
process.stdout.write("owns\n");
await once(process.stdin, "data");
const next = writeValue({ epoch: 1, owner: "zombie", n: 2 });
const results = await Promise.all(
  slots.map(async (key, i) =>
    kind === "blind"
      ? { ok: (await driver.put(key, next)) > 0 }
      : driver.cas(key, next, owned[i]?.revision ?? 0),
  ),
);
process.stdout.write(`accepted ${results.filter(({ ok }) => ok).length} of ${results.length}\n`);
await driver.close();
process.exit();
