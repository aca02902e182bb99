import { randomBytes } from "node:crypto";
import { StitchError } from "../../core/errors.ts";
import type {
  CasResult,
  StoreCapabilities,
  StoreChange,
  StoreDriver,
  StoreEntry,
  StoreHealth,
} from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import { isSealed, SEAL_BYTES, ValueSeal } from "./sealed-value.ts";
import { deriveKey, SALT_BYTES, type StoreSecret } from "./store-key.ts";
import { decodeValue, encodeValue } from "./value-codec.ts";

export interface SealedOptions {
  readonly driver: StoreDriver;
  /** Where the seal's own entry is: the driver below a mirror, as each machine has its own. */
  readonly vault?: StoreDriver;
  /** undefined: values are stored as they are, and an encrypted store is refused. */
  readonly secret: StoreSecret | undefined;
  /** Of a new store; random if left out. Stores that mirror each other need the same one. */
  readonly salt?: Uint8Array | undefined;
  readonly onHealth?: ((health: StoreHealth) => void) | undefined;
}

/** The entry that tells an encrypted store, its salt, and the right key from a wrong one: `[version, salt, check]`. */
export const SEAL_KEY = "!seal";
const VERSION = 1;
const CHECK = Buffer.from("session store");
/** Read as a value that is damaged: nothing else begins so. */
const UNREADABLE = Uint8Array.of(0xc1);

const refuse = (text: string): never => {
  throw new StitchError("BAD_CONFIG", `session store: ${text}; nothing was changed`);
};

/** Any driver, with its values encrypted. Keys stay readable: they are searched by prefix. */
export class SealedDriver implements StoreDriver {
  readonly capabilities: StoreCapabilities;
  readonly #options: SealedOptions;
  readonly #vault: StoreDriver;
  #ready: Promise<ValueSeal | undefined> | undefined;
  #opened: ValueSeal | undefined;
  #isUnlocked = false;
  #refusal: string | undefined;

  constructor(options: SealedOptions) {
    const { driver, vault = driver, secret } = options;
    this.#options = options;
    this.#vault = vault;
    const { capabilities } = driver;
    const added = secret ? SEAL_BYTES : 0;
    this.capabilities = { ...capabilities, maxValue: capabilities.maxValue - added };
  }

  health(): StoreHealth {
    const health = this.#options.driver.health();
    if (!this.#refusal || health.state === "closed") return health;
    return { state: "degraded", reason: this.#refusal };
  }

  async open(): Promise<void> {
    await this.#seal();
    await this.#options.driver.open();
  }

  /** Throws or rejects for a value that this store could not have written; a promise only before it is unlocked. */
  accepts(key: string, value: Uint8Array | undefined): Promise<void> | undefined {
    if (!this.#isUnlocked) return this.#seal().then((seal) => check(seal, key, value));
    check(this.#opened, key, value);
    return undefined;
  }

  /** A stored value in the clear; nothing where it can't be opened, or not yet. */
  opened(key: string, value: Uint8Array): Uint8Array {
    if (!this.#options.secret) return value;
    return this.#opened ? unsealed(this.#opened, { key, value }) : UNREADABLE;
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    const seal = await this.#seal();
    const entry = await this.#options.driver.get(key);
    return entry && seal ? { ...entry, value: seal.open(key, entry.value) } : entry;
  }

  async snapshot(prefix: string): Promise<readonly StoreEntry[]> {
    const seal = await this.#seal();
    const entries = await this.#options.driver.snapshot(prefix);
    const shown = entries.filter(({ key }) => key !== SEAL_KEY);
    return seal ? shown.map((entry) => ({ ...entry, value: unsealed(seal, entry) })) : shown;
  }

  async watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    options?: { readonly sinceRevision?: Revision },
  ): Promise<() => void> {
    const seal = await this.#seal();
    const unseal = (change: StoreChange): void => {
      const { key, value, revision } = change;
      if (key === SEAL_KEY) return;
      onChange(seal && value ? { key, value: unsealed(seal, { key, value }), revision } : change);
    };
    return this.#options.driver.watch(prefix, unseal, options);
  }

  async put(key: string, value: Uint8Array): Promise<Revision> {
    const seal = await this.#seal();
    return this.#options.driver.put(key, this.#sealed(seal, key, value));
  }

  async cas(key: string, value: Uint8Array, expected: Revision): Promise<CasResult> {
    const seal = await this.#seal();
    return this.#options.driver.cas(key, this.#sealed(seal, key, value), expected);
  }

  async delete(key: string, expected?: Revision): Promise<CasResult> {
    await this.#seal();
    return this.#options.driver.delete(key, expected);
  }

  async count(): Promise<number> {
    const seal = await this.#seal();
    const count = (await this.#options.driver.count?.()) ?? Number.NaN;
    return seal ? count - 1 : count;
  }

  close(): Promise<void> {
    return this.#options.driver.close();
  }

  #sealed(seal: ValueSeal | undefined, key: string, value: Uint8Array): Uint8Array {
    if (!seal) return value;
    const { maxValue } = this.capabilities;
    if (value.byteLength <= maxValue) return seal.seal(key, value);
    const text = `value must be at most ${maxValue} bytes, got ${value.byteLength}`;
    throw new StitchError("VALUE_TOO_LARGE", text);
  }

  /** Made once; after a failure the next call tries again. */
  async #seal(): Promise<ValueSeal | undefined> {
    this.#ready ??= this.#unlock();
    const ready = this.#ready;
    try {
      this.#opened = await ready;
      this.#isUnlocked = true;
      this.#refusal = undefined;
      return this.#opened;
    } catch (error) {
      if (this.#ready === ready) this.#ready = undefined;
      const isRefusal = error instanceof StitchError && error.code === "BAD_CONFIG";
      if (isRefusal && this.#refusal !== error.message) {
        this.#refusal = error.message;
        this.#options.onHealth?.(this.health());
      }
      throw error;
    }
  }

  async #unlock(): Promise<ValueSeal | undefined> {
    const { secret } = this.#options;
    const entry = await this.#vault.get(SEAL_KEY);
    if (!secret)
      return entry ? refuse("it is encrypted, and no key is given: set its key or key variable") : undefined;
    if (!entry) return this.#begin(secret);
    return unlock(secret, entry.value);
  }

  /** Encrypts a new store. */
  async #begin(secret: StoreSecret): Promise<ValueSeal> {
    const { driver, salt = randomBytes(SALT_BYTES) } = this.#options;
    if ((await driver.snapshot("")).length > 0)
      return refuse("it holds values that are not encrypted, and a key is given: use a new file or bucket");
    const seal = new ValueSeal(await deriveKey(secret, salt));
    const value = encodeValue([VERSION, salt, seal.seal(SEAL_KEY, CHECK)], "seal");
    if ((await this.#vault.cas(SEAL_KEY, value, 0)).ok) return seal;
    // Another process was quicker: its salt counts.
    const entry = await this.#vault.get(SEAL_KEY);
    return entry ? unlock(secret, entry.value) : refuse("its seal was removed while it was opened");
  }
}

/** Throws for a value that a store with this seal, or without one, could not have written. */
function check(seal: ValueSeal | undefined, key: string, value: Uint8Array | undefined): void {
  if (key === SEAL_KEY) throw new StitchError("BAD_RECORD", `${key} is not shared`);
  if (seal && value) seal.open(key, value);
  else if (value && isSealed(value))
    throw new StitchError("BAD_RECORD", `${key}: its value is encrypted, this store has no key`);
}

/** Throws StitchError `BAD_CONFIG` where the secret is not the one that the store was begun with. */
async function unlock(secret: StoreSecret, bytes: Uint8Array): Promise<ValueSeal> {
  const fields = decodeValue(bytes, "seal");
  const [version, salt, check] = Array.isArray(fields) ? (fields as unknown[]) : [];
  if (version !== VERSION || !(salt instanceof Uint8Array) || !(check instanceof Uint8Array))
    return refuse(`its seal can't be read: it is damaged, or of a newer version than ${VERSION}`);
  const seal = new ValueSeal(await deriveKey(secret, salt));
  try {
    seal.open(SEAL_KEY, check);
  } catch {
    refuse("the key is not the one that it was encrypted with");
  }
  return seal;
}

function unsealed(seal: ValueSeal, { key, value }: Pick<StoreEntry, "key" | "value">): Uint8Array {
  try {
    return seal.open(key, value);
  } catch {
    // One bad value must not hide the others: whoever reads this one is told.
    return UNREADABLE;
  }
}
