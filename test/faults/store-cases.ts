import { MIRROR_FAULTS, nothing, onMirrors, restartBroker } from "./store-mqtt.ts";
import {
  comparesNothing,
  deaf,
  deniesWrites,
  forgets,
  keepsQuiet,
  listsOld,
  tellsAgain,
} from "./store-mutants.ts";
import { delayedWrites, killLeader, onCluster, PARTITIONS, stopLeader } from "./store-nats.ts";
import type { StoreCase } from "./store-outcome.ts";
import { fullDisk, killedWriters, mutant, stoppedOwnerOf, syncedFirst } from "./store-sqlite.ts";

const SHORT = { kills: 5, leaders: 3, stops: 2, rounds: 1, restarts: 3, fills: 2 };
/** As often as the figures of DESIGN.md section 10 ask for. */
const LONG = { kills: 50, leaders: 20, stops: 10, rounds: 3, restarts: 10, fills: 5 };

const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const rounds = <Item>(count: number, items: readonly Item[]): Item[] => times(count, items).flat();

/** Each check, on a store that breaks its rule. */
const MUTANTS: readonly StoreCase[] = [
  {
    name: "SQLite acknowledges before it writes",
    mustFind: "writes lost",
    run: () => killedWriters(5, "eager"),
  },
  { name: "a store forgets writes", mustFind: "writes lost", run: () => mutant(forgets) },
  { name: "a store lists what there was", mustFind: "writes not listed", run: () => mutant(listsOld) },
  { name: "a store compares nothing", mustFind: "increments lost", run: () => mutant(comparesNothing) },
  { name: "a store denies writes", mustFind: "increments too many", run: () => mutant(deniesWrites) },
  { name: "a feed tells again", mustFind: "changes that went back", run: () => mutant(tellsAgain) },
  { name: "a feed keeps quiet", mustFind: "keys that replicas differ in", run: () => mutant(keepsQuiet) },
  {
    name: "a mirror is deaf",
    needs: "mosquitto",
    mustFind: "keys that replicas differ in",
    run: () => onMirrors([nothing], deaf),
  },
  {
    name: "SQLite, a stopped owner writes blindly",
    mustFind: "delayed writes accepted",
    run: () => stoppedOwnerOf("blind"),
  },
  {
    name: "NATS R3, delayed blind writes",
    needs: "nats-server",
    mustFind: "delayed writes accepted",
    run: () => delayedWrites("blind"),
  },
  {
    name: "SQLite acknowledges before it syncs",
    needs: "strace",
    mustFind: "acknowledged before a sync",
    run: () => syncedFirst("sync-copy"),
  },
].map((each) => ({ ...each, name: `mutant: ${each.name}` }) as StoreCase);

export function storeCases(isLong: boolean): readonly StoreCase[] {
  const count = isLong ? LONG : SHORT;
  const { kills, leaders, stops, restarts, fills } = count;
  return [
    { name: "SQLite, fsync before acknowledgement", needs: "strace", run: () => syncedFirst("sync") },
    { name: `SQLite, ${kills} writers killed`, run: () => killedWriters(kills) },
    { name: `SQLite, disk full ${fills} times`, needs: "mount", run: () => fullDisk(fills) },
    { name: "SQLite, delayed writes of a stopped owner", run: () => stoppedOwnerOf("fenced") },
    {
      name: `MQTT mirror, ${count.rounds} × ${Object.keys(MIRROR_FAULTS).join(", ")}`,
      needs: "mosquitto",
      run: () => onMirrors(rounds(count.rounds, Object.values(MIRROR_FAULTS))),
    },
    {
      name: `MQTT mirror, broker killed ${restarts} times`,
      needs: "mosquitto",
      run: () => onMirrors(times(restarts, restartBroker)),
    },
    {
      name: `NATS R3, ${leaders} leaders killed`,
      needs: "nats-server",
      run: () => onCluster(times(leaders, killLeader)),
    },
    {
      name: `NATS R3, ${stops} leaders stopped`,
      needs: "nats-server",
      run: () => onCluster(times(stops, stopLeader)),
    },
    {
      name: `NATS R3, the leader ${count.rounds} × ${Object.keys(PARTITIONS).join(", ")}`,
      needs: "nats-server",
      run: () => onCluster(rounds(count.rounds, Object.values(PARTITIONS)), true),
    },
    {
      name: "NATS R3, an owner's delayed writes",
      needs: "nats-server",
      run: () => delayedWrites("fenced"),
    },
    ...MUTANTS,
  ];
}
