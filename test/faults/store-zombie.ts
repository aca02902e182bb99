import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";
import type { StoreDriver } from "../../src/core/record/store-driver.ts";
import { readBytes, writeValue } from "./store-values.ts";

export const SLOTS = 100;
export const slotKey = (i: number): string => `slot/s${i}/0`;

export interface DelayedWrites {
  readonly tried: number;
  readonly accepted: number;
}

/** A new owner, one epoch further, of every slot. */
export async function takeOver(driver: StoreDriver): Promise<void> {
  for (let i = 0; i < SLOTS; i++) {
    const entry = await driver.get(slotKey(i));
    const { epoch, n } = readBytes(entry?.value);
    const value = writeValue({ epoch: epoch + 1, owner: "heir", n });
    const { ok } = await driver.cas(slotKey(i), value, entry?.revision ?? 0);
    if (!ok) throw new Error(`${slotKey(i)} could not be taken over`);
  }
}

/** Slots that are not the new owner's any more. */
export async function takenBack(driver: StoreDriver): Promise<number> {
  const entries = await driver.snapshot("slot/");
  return entries.filter(({ value }) => readBytes(value).owner !== "heir").length;
}

export async function stoppedOwner(path: string, kind: "fenced" | "blind"): Promise<DelayedWrites> {
  const script = fileURLToPath(new URL("store-zombie-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, path, kind], { stdio: ["pipe", "pipe", "inherit"] });
  const heir = new SqliteDriver({ path });
  try {
    let said = "";
    for await (const line of createInterface({ input: child.stdout })) {
      said = line;
      if (line !== "owns") break;
      child.kill("SIGSTOP");
      // Its order to write is there already, it can't see it.
      child.stdin.write("go\n");
      await takeOver(heir);
      child.kill("SIGCONT");
    }
    const [, accepted = "0", tried = "0"] = /^accepted (\d+) of (\d+)$/.exec(said) ?? [];
    return { tried: Number(tried), accepted: Math.max(Number(accepted), await takenBack(heir)) };
  } finally {
    child.kill("SIGKILL");
    await heir.close();
  }
}
