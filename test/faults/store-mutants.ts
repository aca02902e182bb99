/** Stores that break one rule each: a check that passes them checks nothing. */
import type { MirrorLink } from "../../src/adapters/store/mirror-link.ts";
import { StitchError } from "../../src/core/errors.ts";
import type { StoreChange, StoreDriver, StoreEntry } from "../../src/core/record/store-driver.ts";

function withRules(driver: StoreDriver, rules: Partial<StoreDriver>): StoreDriver {
  return {
    capabilities: driver.capabilities,
    open: () => driver.open(),
    get: (key) => driver.get(key),
    snapshot: (prefix) => driver.snapshot(prefix),
    watch: (prefix, onChange, options) => driver.watch(prefix, onChange, options),
    put: (key, value) => driver.put(key, value),
    cas: (key, value, expected) => driver.cas(key, value, expected),
    delete: (key, expected) => driver.delete(key, expected),
    health: () => driver.health(),
    close: () => driver.close(),
    ...rules,
  };
}

/** Every n-th call. */
function everyNth(n: number): () => boolean {
  let calls = 0;
  return () => ++calls % n === 0;
}

export type Mutation = (driver: StoreDriver) => StoreDriver;

/** Acknowledges what it doesn't write. */
export const forgets: Mutation = (driver) => {
  const isForgotten = everyNth(10);
  return withRules(driver, {
    put: async (key, value) =>
      isForgotten() ? ((await driver.get(key))?.revision ?? 1) : driver.put(key, value),
  });
};

/** Writes whatever stands. */
export const comparesNothing: Mutation = (driver) =>
  withRules(driver, {
    cas: async (key, value) => ({ ok: true, revision: await driver.put(key, value) }),
  });

/** Says that a write failed which was done. */
export const deniesWrites: Mutation = (driver) => {
  const isDenied = everyNth(10);
  return withRules(driver, {
    cas: async (key, value, expected) => {
      const result = await driver.cas(key, value, expected);
      if (result.ok && isDenied()) throw new StitchError("STORE_UNAVAILABLE", "denied");
      return result;
    },
  });
};

/** Tells of some changes again, later. */
export const tellsAgain: Mutation = (driver) => {
  const isRepeated = everyNth(10);
  return withRules(driver, {
    watch: (prefix, onChange, options) => {
      const told = (change: StoreChange): void => {
        onChange(change);
        if (isRepeated()) setTimeout(onChange, 50, change);
      };
      return driver.watch(prefix, told, options);
    },
  });
};

/** Tells of some changes never. */
export const keepsQuiet: Mutation = (driver) => {
  const isKept = everyNth(10);
  return withRules(driver, {
    watch: (prefix, onChange, options) =>
      driver.watch(prefix, (change) => (isKept() ? undefined : onChange(change)), options),
  });
};

/** Lists what there was at the first time. */
export const listsOld: Mutation = (driver) => {
  let first: Promise<readonly StoreEntry[]> | undefined;
  return withRules(driver, {
    snapshot: (prefix) => {
      first ??= driver.snapshot(prefix);
      return first;
    },
  });
};

/** A mirror that misses some of what the broker has for it. */
export function deaf(link: MirrorLink): MirrorLink {
  const isMissed = everyNth(10);
  return {
    get isUp() {
      return link.isUp;
    },
    onUp: (listener) => link.onUp(listener),
    onDown: (listener) => link.onDown(listener),
    onMessage: (listener) => link.onMessage((key, bytes) => (isMissed() ? undefined : listener(key, bytes))),
    again: () => link.again(),
    publish: (key, bytes) => link.publish(key, bytes),
    close: () => link.close(),
  };
}
