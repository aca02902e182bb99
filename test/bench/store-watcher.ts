/** Another process of the bench: says, for each change it is told of, how long ago it was written, in ms. */
import { systemClock } from "../../src/adapters/clock.ts";
import { type Opening, openAt, whenReady } from "./store-places.ts";

const store = openAt(JSON.parse(process.argv[2] ?? "{}") as Opening);
await whenReady(store);
await store.driver.watch("bench/", ({ value }) => {
  if (value) process.stdout.write(`${systemClock.now() - Buffer.from(value).readDoubleBE(0)}\n`);
});
process.stdout.write("watching\n");
// The feed alone keeps no process alive; the bench ends this one.
setInterval(() => undefined, 60_000);
