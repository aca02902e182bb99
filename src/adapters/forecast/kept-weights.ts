import { createHash } from "node:crypto";
import { StitchError } from "../../core/errors.ts";
import { readWeights } from "../../core/forecast/lstm/index.ts";

/** Of this envelope; the weights have a version of their own. */
const VERSION = 1;
const HASH_BYTES = 32;
const HEADER_BYTES: number = 1 + HASH_BYTES;

const hashOf = (weights: Uint8Array): Buffer => createHash("sha256").update(weights).digest();

/** As they are stored: a version, the SHA-256 of the weights, the weights (saveWeights). */
export function sealWeights(weights: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([Uint8Array.of(VERSION), hashOf(weights), weights]));
}

/** Throws StitchError `STORE_CORRUPT` for what is not what was stored. */
export function openWeights(stored: Uint8Array): Uint8Array {
  if (stored[0] !== VERSION)
    throw new StitchError(
      "STORE_CORRUPT",
      `the kept network must be of version ${VERSION}, got ${stored[0]}`,
    );
  const weights = stored.subarray(HEADER_BYTES);
  if (!hashOf(weights).equals(stored.subarray(1, HEADER_BYTES)))
    throw new StitchError("STORE_CORRUPT", `the kept network of ${weights.length} bytes has another SHA-256`);
  readWeights(weights);
  return weights;
}
