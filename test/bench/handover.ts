/**
 * `npm run bench:handover`: gateway and hosts on a real broker (mosquitto in a process of its own; else aedes) and the
 * embedded store. How long a planned shift and a drain hold a slot with 64 kB of state, how long a failover takes after
 * the owner was killed or hangs, what a mirror costs beside the messages, and what the way from route to commit costs
 * beside a bare mqtt.js pair, by store. `--rounds N`: shifts.
 */
import { startBroker } from "../../src/demo/broker.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { drains } from "./handover-drain.ts";
import { mirroring } from "./handover-mirroring.ts";
import { moves } from "./handover-moves.ts";
import { throughput } from "./handover-throughput.ts";
import { report } from "./harness.ts";

const folder = temporaryFolder();
const broker = await startMosquitto("/usr/sbin/mosquitto").catch(() => startBroker());
try {
  const figures = [
    ...(await moves(broker.url, folder.file("moves.sqlite"))),
    ...(await drains(broker.url, folder.file("drains.sqlite"))),
    ...(await mirroring(
      broker.url,
      folder.file("mirroring.sqlite"),
      "pid" in broker ? broker.pid : undefined,
    )),
    ...(await throughput(broker.url)),
  ];
  report(figures);
} finally {
  await ("stop" in broker ? broker.stop() : broker.close());
  folder.remove();
}
