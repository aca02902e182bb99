/** Where the store's bench puts its store: `--driver sqlite` (as is), `mqtt` (on mosquitto), `nats` (three servers). */
import { type OwnedSessionStore, openStore } from "../../src/adapters/store/session-store.ts";
import { readStoreSettings, type StoreFields } from "../../src/core/record/store-settings.ts";
import { mosquittoBroker } from "../support/mirror-broker.ts";
import { NatsCluster } from "../support/nats-cluster.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

export type BenchDriver = "sqlite" | "mqtt" | "nats";

/** DESIGN.md section 10. */
export const GOALS: Readonly<Record<BenchDriver, { readonly perSec: number; readonly visibleMs: number }>> = {
  sqlite: { perSec: 5000, visibleMs: 8 },
  mqtt: { perSec: 5000, visibleMs: 2 },
  nats: { perSec: 3000, visibleMs: 4 },
};

/** How a process opens the store: as arguments of the watcher's. */
export interface Opening {
  readonly fields: Partial<StoreFields>;
  readonly folder: string;
}

export const openAt = ({ fields, folder }: Opening): OwnedSessionStore =>
  openStore(readStoreSettings(fields), { folder });

export interface StorePlaces {
  /** The writing process's store, and the other's: of the same machine with sqlite, of another with mqtt. */
  readonly ours: Opening;
  readonly theirs: Opening;
  stop(): Promise<void>;
}

async function mqttPlaces(folder: TemporaryFolder): Promise<StorePlaces> {
  const broker = await mosquittoBroker();
  const fields = { engine: "mqtt", broker: broker.url };
  return {
    ours: { fields, folder: folder.file("left") },
    theirs: { fields, folder: folder.file("right") },
    stop: () => broker.stop(),
  };
}

async function natsPlaces(folder: TemporaryFolder): Promise<StorePlaces> {
  const cluster = new NatsCluster(3);
  await cluster.start();
  const fields = { engine: "nats", servers: cluster.servers.join(","), replicas: "3" };
  const opening = { fields, folder: folder.path };
  return { ours: opening, theirs: opening, stop: () => cluster.stop() };
}

export async function storePlaces(driver: BenchDriver): Promise<StorePlaces> {
  const folder = temporaryFolder();
  const opening = { fields: { engine: "sqlite" }, folder: folder.path };
  const places =
    driver === "sqlite"
      ? { ours: opening, theirs: opening, stop: async () => undefined }
      : await (driver === "mqtt" ? mqttPlaces(folder) : natsPlaces(folder));
  return {
    ...places,
    stop: async () => {
      await places.stop();
      folder.remove();
    },
  };
}

/** A cluster that has just started elects its leader first. */
export async function whenReady(store: OwnedSessionStore): Promise<void> {
  for (let tries = 0; ; tries++)
    try {
      await store.driver.open();
      if (store.health().state === "ready") return;
    } catch (error) {
      if (tries > 100) throw error;
    } finally {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
