/** Two machines whose stores mirror each other over mosquitto: cut off in each way, the broker killed. */

import { systemClock } from "../../src/adapters/clock.ts";
import type { MirrorLink } from "../../src/adapters/store/mirror-link.ts";
import { MirroredDriver } from "../../src/adapters/store/mirrored-driver.ts";
import { MqttMirrorLink } from "../../src/adapters/store/mqtt-mirror-link.ts";
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { type MirrorBroker, mosquittoBroker } from "../support/mirror-broker.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { StoreLoad } from "./store-load.ts";
import { type Outcome, outcomeOf, pause } from "./store-outcome.ts";
import { readBytes } from "./store-values.ts";

const BETWEEN = 200;
const PARTED_MS = 2000;
/** Past the keep-alive, so that both ends notice. */
const HALF_OPEN_MS = 9000;

export interface Mirrors {
  readonly broker: MirrorBroker;
  /** By machine: its way to the broker. */
  readonly ways: readonly FaultProxy[];
}
type Strike = (mirrors: Mirrors) => Promise<void>;

function machine(path: string, way: FaultProxy, node: string, fault: (link: MirrorLink) => MirrorLink) {
  const local = new SqliteDriver({ path });
  const link = new MqttMirrorLink({ broker: `mqtt://127.0.0.1:${way.port}`, topic: "faults", node });
  return new MirroredDriver({
    local,
    link: fault(link),
    clock: systemClock,
    node,
    epochOf: (_key, value) => readBytes(value).epoch,
  });
}

/** Strikes while both machines write; then both must hold the same. */
export async function onMirrors(
  strikes: readonly Strike[],
  fault: (link: MirrorLink) => MirrorLink = (link) => link,
): Promise<Outcome> {
  const folder = temporaryFolder();
  const broker = await mosquittoBroker();
  const port = Number(new URL(broker.url).port);
  const ways = [await FaultProxy.to(port), await FaultProxy.to(port)];
  const drivers = ways.map((way, i) =>
    machine(folder.file(`m${i}.sqlite`), way, `machine${i}`, i === 0 ? (link) => link : fault),
  );
  try {
    const report = await StoreLoad.during({ drivers, isOneStore: false }, async (load) => {
      for (const strike of strikes) {
        await load.acknowledges(BETWEEN);
        await strike({ broker, ways });
        await load.acknowledges(BETWEEN);
      }
    });
    return outcomeOf(report);
  } finally {
    await Promise.all(drivers.map((driver) => driver.close()));
    await Promise.all(ways.map((way) => way.close()));
    await broker.stop();
    folder.remove();
  }
}

const during =
  (ms: number, part: (way: FaultProxy, ways: readonly FaultProxy[]) => void): Strike =>
  async ({ ways }) => {
    part(ways[1] as FaultProxy, ways);
    await pause(ms);
    for (const way of ways) way.heal();
  };

export const MIRROR_FAULTS: Readonly<Record<string, Strike>> = {
  cut: during(PARTED_MS, (way) => way.cut()),
  "both cut": during(PARTED_MS, (_way, ways) => {
    for (const way of ways) way.cut();
  }),
  held: during(PARTED_MS, (way) => way.hold("there", "back")),
  "one-way there": during(PARTED_MS, (way) => way.hold("back")),
  "one-way back": during(PARTED_MS, (way) => way.hold("there")),
  slow: during(PARTED_MS, (way) => way.delay(50)),
  "half-open": during(HALF_OPEN_MS, (way) => way.deaden()),
};

export const nothing: Strike = () => pause(500);

/** Without warning: what it retained is gone. */
export const restartBroker: Strike = async ({ broker }) => {
  await broker.stop();
  await pause(300);
  await broker.start();
};
