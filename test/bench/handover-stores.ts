/** Stores that `bench:handover` commits to: of the gateway and of its host, each as it opens it. */
import { DriverRecords } from "../../src/adapters/store/driver-records.ts";
import type { RecordStore } from "../../src/core/record/record-store.ts";
import { MemoryDriver } from "../support/memory-driver.ts";
import { hasNats } from "../support/nats-cluster.ts";
import { type BenchDriver, openAt, storePlaces, whenReady } from "./store-places.ts";

export type StoreName = "memory" | BenchDriver;

export interface Stores {
  readonly gateway: RecordStore;
  readonly host: RecordStore;
  close(): Promise<void>;
}

/** undefined: it can't be had here. */
export async function openStores(name: StoreName): Promise<Stores | undefined> {
  if (name === "memory") {
    const records = new DriverRecords(new MemoryDriver());
    return { gateway: records, host: records, close: async () => undefined };
  }
  if (name === "nats" && !(await hasNats())) return undefined;
  const places = await storePlaces(name);
  const [ours, theirs] = [openAt(places.ours), openAt(places.theirs)];
  await whenReady(ours);
  await whenReady(theirs);
  return {
    gateway: ours.records,
    host: theirs.records,
    close: async () => {
      await Promise.all([ours.close(), theirs.close()]);
      await places.stop();
    },
  };
}
