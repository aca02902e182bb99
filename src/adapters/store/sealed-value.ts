import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomFillSync } from "node:crypto";
import { StitchError } from "../../core/errors.ts";
import { KEY_BYTES } from "./store-key.ts";

/**
 * A sealed value: `0xc1, kind, writer (16 bytes), nonce (12 bytes)`, the encrypted value, its tag (16 bytes). No
 * MessagePack value begins with 0xc1; the kinds below this one are a mirror's stamps.
 */
const MARK = 0xc1;
const KIND = 2;
const WRITER_AT = 2;
const NONCE_AT = 18;
const VALUE_AT = 30;
const TAG_BYTES = 16;
/** What sealing adds to a value. */
export const SEAL_BYTES: number = VALUE_AT + TAG_BYTES;

const CIPHER = "aes-256-gcm";
const RANDOM_BYTES = 6;
const COUNT_BYTES = 6;
/** Keys of other writers that are kept at hand. */
const MAX_WRITERS = 1000;

export const isSealed = (bytes: Uint8Array): boolean =>
  bytes[0] === MARK && bytes[1] === KIND && bytes.byteLength >= SEAL_BYTES;

/**
 * Encrypts values with AES-256-GCM; the store's key of a value is authenticated with it, so that no value can be
 * moved to another key. Each start of a process has a key of its own, derived (HKDF, RFC 5869) from the store's,
 * and counts its nonces: random ones under one key would be safe for 2^32 writes only (NIST SP 800-38D, 8.3).
 */
export class ValueSeal {
  readonly #root: Uint8Array;
  readonly #writer = randomBytes(NONCE_AT - WRITER_AT);
  readonly #own: Uint8Array;
  readonly #others = new Map<string, Uint8Array>();
  #count = 0;

  constructor(root: Uint8Array) {
    this.#root = root;
    this.#own = this.#keyOf(this.#writer);
  }

  seal(key: string, value: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(SEAL_BYTES + value.byteLength);
    const view = Buffer.from(bytes.buffer);
    bytes[0] = MARK;
    bytes[1] = KIND;
    bytes.set(this.#writer, WRITER_AT);
    // Also random: a virtual machine's copy goes on with the same count.
    randomFillSync(bytes, NONCE_AT, RANDOM_BYTES);
    view.writeUIntBE(++this.#count, NONCE_AT + RANDOM_BYTES, COUNT_BYTES);
    const cipher = createCipheriv(CIPHER, this.#own, bytes.subarray(NONCE_AT, VALUE_AT));
    cipher.setAAD(Buffer.from(key));
    bytes.set(cipher.update(value), VALUE_AT);
    cipher.final();
    bytes.set(cipher.getAuthTag(), VALUE_AT + value.byteLength);
    return bytes;
  }

  /** Throws StitchError `BAD_RECORD` for what was not sealed for this key of the store, or was changed since. */
  open(key: string, bytes: Uint8Array): Uint8Array {
    if (!isSealed(bytes)) throw new StitchError("BAD_RECORD", `${key}: its value is not encrypted`);
    const writer = bytes.subarray(WRITER_AT, NONCE_AT);
    const id = Buffer.from(writer).toString("latin1");
    const known = this.#others.get(id);
    const own = known ?? this.#keyOf(writer);
    const end = bytes.byteLength - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, own, bytes.subarray(NONCE_AT, VALUE_AT), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(key)).setAuthTag(bytes.subarray(end));
    try {
      const value = decipher.update(bytes.subarray(VALUE_AT, end));
      decipher.final();
      if (!known) this.#keep(id, own);
      return value;
    } catch (cause) {
      const text = `${key}: its value was changed, or encrypted with another key`;
      throw new StitchError("BAD_RECORD", text, { cause });
    }
  }

  #keyOf(writer: Uint8Array): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#root, writer, "session store value", KEY_BYTES));
  }

  #keep(id: string, key: Uint8Array): void {
    const [oldest] = this.#others.keys();
    if (this.#others.size >= MAX_WRITERS && oldest !== undefined) this.#others.delete(oldest);
    this.#others.set(id, key);
  }
}
