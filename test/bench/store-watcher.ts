/** Another process of the bench: says, for each change it is told of, how long ago it was written, in ms. */
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";

const [path = ""] = process.argv.slice(2);
const driver = new SqliteDriver({ path });
await driver.watch("bench/", ({ value }) => {
  if (value) process.stdout.write(`${Date.now() - Buffer.from(value).readDoubleBE(0)}\n`);
});
process.stdout.write("watching\n");
// The feed alone keeps no process alive; the bench ends this one.
setInterval(() => undefined, 60_000);
