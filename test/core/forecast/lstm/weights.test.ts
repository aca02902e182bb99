import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../../src/core/errors.ts";
import { initialParameters } from "../../../../src/core/forecast/lstm/initial.ts";
import { readWeights, saveWeights } from "../../../../src/core/forecast/lstm/weights.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const SHAPE = { patch: 4, horizon: 6, hidden: 4 };
const saved = (): Uint8Array => saveWeights(initialParameters(SHAPE, seededRandom(1)));
const isCorrupt = (error: unknown): boolean => error instanceof StitchError && error.code === "STORE_CORRUPT";

describe("saved weights", () => {
  it("are read back to float32 precision, at any place in a buffer", () => {
    const weights = initialParameters(SHAPE, seededRandom(1));
    const shifted = new Uint8Array(saved().length + 3);
    shifted.set(saved(), 3);
    const read = readWeights(shifted.subarray(3));
    assert.deepEqual(read.shape, SHAPE);
    assert.deepEqual(read.data, Float64Array.from(weights.data, Math.fround));
  });

  it("are the same bytes when saved again", () => {
    assert.deepEqual(saveWeights(readWeights(saved())), saved());
  });

  it("are refused when cut short, prolonged, of another version, or holding what is no weight", () => {
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = saved();
      new DataView(bytes.buffer).setUint32(at, value, true);
      return bytes;
    };
    const nan = 0x7fc00000;
    const huge = 0xffffffff;
    for (const bytes of [
      new Uint8Array(0),
      saved().subarray(0, -1),
      Uint8Array.from([...saved(), 0]),
      changed(0, 1),
      changed(4, 2),
      changed(8, 1),
      changed(12, 0),
      changed(16, huge),
      changed(20, 512),
      changed(40, nan),
    ])
      assert.throws(() => readWeights(bytes), isCorrupt);
  });

  it("are read or refused, never anything else, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.nat(39), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, patch) => {
        const bytes = saved();
        bytes.set(patch, at);
        try {
          assert.ok(readWeights(bytes).data.every(Number.isFinite));
        } catch (error) {
          assert.ok(isCorrupt(error), String(error));
        }
      }),
    );
  });
});
