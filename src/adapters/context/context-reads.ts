import { StitchError } from "../../core/errors.ts";
import type { AtomicContext } from "./atomic-updates.ts";
import type { FreshReads } from "./fresh-reads.ts";
import { copyOf } from "./plain-clone.ts";
import { type PropertyPath, readBelow } from "./property-path.ts";
import type { Replica } from "./replica.ts";
import type { SessionView } from "./session-view.ts";

/** As Node-RED has it: `undefined` in the error's place on success. */
export type Callback = (error?: Error, ...values: unknown[]) => void;
export type Keys = string | readonly string[];

export interface ContextReadsOptions {
  readonly replica: Replica;
  readonly sessions: SessionView | undefined;
  /** undefined: what the replica holds is fresh enough. */
  readonly fresh: FreshReads | undefined;
  readonly pathOf: (scope: string, key: string) => PropertyPath;
  readonly atomicOf: (scope: string) => AtomicContext;
}

/** Not a property: what a function node reads to get at the updates that the context API lacks. */
export const ATOMIC = "$atomic";
/** Read-only: `$sessions["cam-7"][0].state` is the state of slot 0; `$sessions` alone lists the sessions' ids. */
export const SESSIONS = "$sessions";

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

export function checkCallback(callback: unknown): void {
  if (callback !== undefined && typeof callback !== "function")
    throw new TypeError("Callback must be a function");
}

/** What the callback throws is its own affair, not a rejection. */
function afterwards(refreshed: Promise<void>, callback: Callback, answer: () => void): void {
  refreshed.then(
    () => setImmediate(answer),
    (error: unknown) => setImmediate(() => callback(asError(error))),
  );
}

/** The reading half of the context API. */
export class ContextReads {
  readonly #options: ContextReadsOptions;

  constructor(options: ContextReadsOptions) {
    this.#options = options;
  }

  get(scope: string, key: Keys, callback?: Callback): unknown {
    checkCallback(callback);
    const { fresh } = this.#options;
    if (fresh && key !== ATOMIC) {
      if (!callback) throw new Error("cache is false in settings.js: get needs a callback");
      afterwards(this.#refresh(fresh, scope, key), callback, () => this.#answer(scope, key, callback));
      return undefined;
    }
    if (!callback) return this.#read(scope, key);
    this.#answer(scope, key, callback);
    return undefined;
  }

  keys(scope: string, callback?: Callback): string[] | undefined {
    checkCallback(callback);
    const { fresh } = this.#options;
    if (fresh) {
      if (!callback) throw new Error("cache is false in settings.js: keys needs a callback");
      afterwards(fresh.scope(scope), callback, () => callback(undefined, this.#names(scope)));
      return undefined;
    }
    if (!callback) return this.#names(scope);
    callback(undefined, this.#names(scope));
    return undefined;
  }

  async #refresh(fresh: FreshReads, scope: string, key: Keys): Promise<void> {
    const keys = typeof key === "string" ? [key] : key;
    await fresh.properties(
      scope,
      keys.map((each) => this.#options.pathOf(scope, each).name),
    );
  }

  #answer(scope: string, key: Keys, callback: Callback): void {
    let value: unknown;
    try {
      value = this.#read(scope, key);
    } catch (error) {
      callback(asError(error));
      return;
    }
    if (Array.isArray(key)) callback(undefined, ...(value as unknown[]));
    else callback(undefined, value);
  }

  #names(scope: string): string[] {
    const names = this.#options.replica.entriesOf(scope).map(({ address }) => address.name);
    // In the global context these are the API itself.
    return scope === "global" ? names.filter((name) => !/^(get|set|keys)$/.test(name)) : names;
  }

  #read(scope: string, key: Keys): unknown {
    return typeof key === "string"
      ? this.#readOne(scope, key)
      : key.map((each) => this.#readOne(scope, each));
  }

  #readOne(scope: string, key: string): unknown {
    const { replica, pathOf, atomicOf } = this.#options;
    if (key === ATOMIC) return atomicOf(scope);
    const plain = replica.find(scope, key);
    if (plain?.isPlain) return copyOf(plain.value);
    const { name, below } = pathOf(scope, key);
    if (name === SESSIONS) return this.#readSession(below);
    const entry = replica.find(scope, name);
    return entry && copyOf(readBelow(entry.value, below));
  }

  #readSession([id, ...below]: PropertyPath["below"]): unknown {
    const { sessions } = this.#options;
    if (!sessions) throw new StitchError("BAD_CONFIG", `${SESSIONS} needs sessions: true in settings.js`);
    const view = id === undefined ? sessions.ids() : sessions.slots(String(id));
    return copyOf(readBelow(view, below));
  }
}
