import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { StitchError } from "../../core/errors.ts";
import type { StoreDriver } from "../../core/record/store-driver.ts";
import { escapeId } from "../store/record-key.ts";
import { contextKey, encodeContext } from "./context-entry.ts";

export interface FileContextsOptions {
  /** `<user folder>/<base>` of localfilesystem. */
  readonly folder: string;
  readonly driver: StoreDriver;
  readonly writer: string;
  readonly nextWriteId: () => string;
}

/** Entries so named tell that a scope's file was taken over, by whichever Node-RED. */
const TAKEN_PREFIX = "taken/";
const WHY_NO_FILE: readonly unknown[] = ["ENOENT", "ENOTDIR"];

const isAbsent = (error: unknown): boolean => WHY_NO_FILE.includes((error as NodeJS.ErrnoException).code);
const isScopePart = (part: string): boolean => /^[^./\\][^/\\]*$/.test(part);

/** `global` in global/global, a flow's in `<flow>/flow`, a node's in `<flow>/<node>`; undefined: no file's name. */
function pathOf(scope: string): string | undefined {
  const [id = "", flow] = scope.split(":");
  if (![id, flow ?? id].every(isScopePart)) return undefined;
  if (scope === "global") return join("global", "global.json");
  return flow === undefined ? join(id, "flow.json") : join(flow, `${id}.json`);
}

function scopeOf(folder: string, file: string): string | undefined {
  const [, name] = /^(.+)\.json$/.exec(file) ?? [];
  if (name === undefined || folder.startsWith(".")) return undefined;
  if (folder === "global") return "global";
  return name === "flow" ? folder : `${name}:${folder}`;
}

/**
 * Values that Node-RED's own file store left: taken over into the shared store, each scope once for all Node-REDs that
 * share it. The files stay as they are.
 */
export class FileContexts {
  readonly #options: FileContextsOptions;
  readonly #taken = new Set<string>();

  constructor(options: FileContextsOptions) {
    this.#options = options;
  }

  /** Takes over all scopes; a damaged file is told, and keeps no other. */
  async takeAll(tell: (error: Error) => void): Promise<void> {
    for (const scope of await this.#scopes())
      await this.take(scope).catch((error: unknown) => {
        // Only what is wrong with the file: a store that is away is the caller's affair.
        if (!(error instanceof StitchError && error.code === "STORE_CORRUPT")) throw error;
        tell(error);
      });
  }

  /** Throws StitchError `STORE_CORRUPT` for a file that is not localfilesystem's JSON. */
  async take(scope: string): Promise<void> {
    if (this.#taken.has(scope)) return;
    const values = await this.#read(scope);
    if (!values) return;
    const { driver, writer, nextWriteId } = this.#options;
    const mark = TAKEN_PREFIX + escapeId(scope);
    if (!(await driver.get(mark))) {
      const writes = Object.entries(values).map(([name, value]) => {
        const key = contextKey({ scope, name });
        // What the store has already is newer.
        return driver.cas(key, encodeContext({ writer, writeId: nextWriteId(), value }, key), 0);
      });
      await Promise.all(writes);
      await driver.cas(mark, Buffer.from(writer), 0);
    }
    this.#taken.add(scope);
  }

  async #read(scope: string): Promise<object | undefined> {
    const path = pathOf(scope);
    if (path === undefined) return undefined;
    const file = join(this.#options.folder, path);
    try {
      const text = await readFile(file, "utf8");
      const values: unknown = text === "" ? undefined : JSON.parse(text);
      return values !== null && typeof values === "object" ? values : undefined;
    } catch (cause) {
      if (isAbsent(cause)) return undefined;
      throw new StitchError("STORE_CORRUPT", `context file "${file}" can't be read: ${String(cause)}`, {
        cause,
      });
    }
  }

  async #scopes(): Promise<string[]> {
    const { folder } = this.#options;
    const folders = await this.#list(folder);
    const scopes = await Promise.all(
      folders.map(async (name) =>
        (await this.#list(join(folder, name))).flatMap((file) => scopeOf(name, file) ?? []),
      ),
    );
    return scopes.flat();
  }

  async #list(folder: string): Promise<string[]> {
    try {
      return await readdir(folder);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }
}
