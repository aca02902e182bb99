import { SqliteDriver } from "../../../src/adapters/store/sqlite-driver.ts";
import type { StoreDriver } from "../../../src/core/record/store-driver.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Bench, itIsAStoreDriver } from "./driver-conformance.ts";

async function startMemory(): Promise<Bench> {
  const driver = new MemoryDriver();
  return { connect: async () => driver, end: () => driver.close() };
}

async function startSqlite(): Promise<Bench> {
  const folder = temporaryFolder();
  const drivers: StoreDriver[] = [];
  return {
    async connect() {
      const driver = new SqliteDriver({ path: folder.file("store.sqlite") });
      drivers.push(driver);
      await driver.open();
      return driver;
    },
    async end() {
      await Promise.all(drivers.map((driver) => driver.close()));
      folder.remove();
    },
  };
}

describe("memory driver (of the tests)", () => itIsAStoreDriver(startMemory));
describe("SQLite driver", () => itIsAStoreDriver(startSqlite));
