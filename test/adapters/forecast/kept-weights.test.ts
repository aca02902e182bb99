import assert from "node:assert/strict";
import fc from "fast-check";
import { openWeights, sealWeights } from "../../../src/adapters/forecast/kept-weights.ts";
import { StitchError } from "../../../src/core/errors.ts";
import { saveWeights } from "../../../src/core/forecast/lstm/index.ts";
import { initialParameters } from "../../../src/core/forecast/lstm/initial.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const weights = saveWeights(initialParameters({ patch: 4, horizon: 4, hidden: 4 }, seededRandom(1)));

const isCorrupt = (error: unknown): boolean => error instanceof StitchError && error.code === "STORE_CORRUPT";

describe("kept weights", () => {
  it("come back as they were", () => {
    assert.deepEqual(openWeights(sealWeights(weights)), weights);
  });

  it("are refused where a single bit differs, or the end is missing", () => {
    const sealed = sealWeights(weights);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.nat(7), (at, bit) => {
        const damaged = sealed.slice();
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        assert.throws(() => openWeights(damaged), isCorrupt);
        assert.throws(() => openWeights(sealed.slice(0, at)), isCorrupt);
      }),
    );
  });

  it("are refused where the bytes are those that were stored, but no weights", () => {
    assert.throws(() => openWeights(sealWeights(new Uint8Array(40))), isCorrupt);
  });
});
