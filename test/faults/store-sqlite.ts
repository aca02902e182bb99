/** The embedded store: killed writers, a full disk, a stopped owner, the order of fsync and acknowledgement. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";
import { killWriters } from "../adapters/store/kill-writers.ts";
import { unsyncedAcknowledgements } from "../adapters/store/sync-trace.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { Follower } from "./store-follower.ts";
import { StoreLoad } from "./store-load.ts";
import type { Mutation } from "./store-mutants.ts";
import { type Outcome, outcomeOf, pause, wrongsOf } from "./store-outcome.ts";
import { stoppedOwner } from "./store-zombie.ts";

async function inFolder<Result>(run: (folder: TemporaryFolder) => Promise<Result>): Promise<Result> {
  const folder = temporaryFolder();
  try {
    return await run(folder);
  } finally {
    folder.remove();
  }
}

/** Two processes write, one of them is killed again and again; a third one watches. */
export const killedWriters = (kills: number, kind: "put" | "eager" = "put"): Promise<Outcome> =>
  inFolder(async (folder) => {
    const path = folder.file("s.sqlite");
    const watching = new SqliteDriver({ path });
    const follower = new Follower();
    await follower.start(watching);
    const report = await killWriters(path, kills, kind);
    await pause(100);
    const apart = follower.differences(await watching.snapshot(""));
    await watching.close();
    const { acknowledged, lost, counted, counter, damaged } = report;
    return {
      counts: `${acknowledged} acknowledged writes and ${counted} increments`,
      wrongs: wrongsOf({
        "writes lost": lost,
        "increments lost": counted - counter,
        // Each process may have died between its last commit and saying so.
        "increments too many": counter - counted - kills - 2,
        "damaged files": damaged,
        "changes that went back": follower.backwards,
        "keys that replicas differ in": apart.length,
      }),
    };
  });

/** Two connections write; `strike` is done meanwhile. */
async function underLoad(
  path: string,
  strike: (load: StoreLoad) => Promise<void>,
  mutate: Mutation = (driver) => driver,
): Promise<Outcome> {
  const real = [new SqliteDriver({ path }), new SqliteDriver({ path })];
  try {
    return outcomeOf(await StoreLoad.during({ drivers: real.map(mutate), isOneStore: true }, strike));
  } finally {
    await Promise.all(real.map((driver) => driver.close()));
  }
}

/** Nothing happens to it but its mutation. */
export const mutant = (mutate: Mutation): Promise<Outcome> =>
  inFolder((folder) => underLoad(folder.file("s.sqlite"), (load) => load.acknowledges(1500), mutate));

function fill(file: string): void {
  for (let size = 1 << 20; size >= 1024; size >>= 1)
    try {
      for (;;) writeFileSync(file, new Uint8Array(size), { flag: "a" });
    } catch {
      // No room for another such piece.
    }
}

/** A small tmpfs that is filled up and emptied under load. */
export const fullDisk = (times: number): Promise<Outcome> =>
  inFolder(async (folder) => {
    const { path } = folder;
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path]).status !== 0)
      throw new Error("a tmpfs can't be mounted here");
    try {
      const outcome = await underLoad(folder.file("s.sqlite"), async (load) => {
        for (let time = 0; time < times; time++) {
          await load.acknowledges(200);
          fill(folder.file("ballast"));
          await pause(700);
          rmSync(folder.file("ballast"));
          await load.acknowledges(200);
        }
      });
      if (/, 0 refused/.test(outcome.counts)) throw new Error("the disk was never full");
      return outcome;
    } finally {
      spawnSync("umount", ["-l", path]);
    }
  });

/** An owner is stopped in mid-flight, another takes its slots over, and the first goes on. */
export const stoppedOwnerOf = (kind: "fenced" | "blind"): Promise<Outcome> =>
  inFolder(async (folder) => {
    const { tried, accepted } = await stoppedOwner(folder.file("s.sqlite"), kind);
    return {
      counts: `${accepted} of ${tried} delayed writes accepted`,
      wrongs: wrongsOf({ "delayed writes accepted": accepted, "writes too few": 100 - tried }),
    };
  });

export const syncedFirst = (kind: "sync" | "sync-copy"): Promise<Outcome> =>
  inFolder(async (folder) => {
    const { acknowledged, unsynced } = await unsyncedAcknowledgements(folder, kind, 200);
    return {
      counts: `${acknowledged} acknowledged writes`,
      wrongs: wrongsOf({ "acknowledged before a sync": unsynced }),
    };
  });
