import { scrypt } from "node:crypto";
import { StitchError } from "../../core/errors.ts";

/** What the operator gives: a key as it is, or a passphrase that one is derived from. */
export type StoreSecret =
  | { readonly kind: "key"; readonly key: Uint8Array }
  | { readonly kind: "passphrase"; readonly text: string };

export const KEY_BYTES = 32;
export const SALT_BYTES = 16;
const MIN_PASSPHRASE = 12;
/** 32 MiB and some 0.2 s for each guess (OWASP password storage cheat sheet, scrypt; RFC 7914). */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 } as const;

const HEX = /^[0-9a-f]{64}$/i;
/** 32 bytes: 43 digits, the last of them of 4 bits. */
const BASE64 = /^[\w+/-]{42}[AEIMQUYcgkosw048]=?$/;

/**
 * 64 hexadecimal or 43 base64 digits are the key itself, any other text of 12 characters or more a passphrase.
 * Throws StitchError `BAD_CONFIG`, which never quotes the text.
 */
export function readSecret(text: string): StoreSecret {
  const trimmed = text.trim().normalize("NFC");
  if (HEX.test(trimmed)) return { kind: "key", key: Buffer.from(trimmed, "hex") };
  if (BASE64.test(trimmed)) return { kind: "key", key: Buffer.from(trimmed, "base64") };
  if (trimmed.length >= MIN_PASSPHRASE) return { kind: "passphrase", text: trimmed };
  throw new StitchError(
    "BAD_CONFIG",
    `the session store's key must be 32 bytes in hex or base64, or a passphrase of at least ${MIN_PASSPHRASE} characters, got ${trimmed.length} characters`,
  );
}

export async function deriveKey(secret: StoreSecret, salt: Uint8Array): Promise<Uint8Array> {
  if (secret.kind === "key") return secret.key;
  return new Promise((resolve, reject) => {
    scrypt(secret.text, salt, KEY_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
