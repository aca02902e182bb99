import assert from "node:assert/strict";
import {
  AWAITED_CELLS,
  Awaited,
  BUCKETS,
  bucketOf,
  FIRST_HORIZONS,
} from "../../../../src/core/forecast/online/horizon-buckets.ts";

describe("horizon buckets", () => {
  it("hold 1, 2-3, 4-7, 8-15, and 16 up", () => {
    const horizons = [1, 2, 3, 4, 7, 8, 15, 16, 17, 500];
    assert.deepEqual(horizons.map(bucketOf), [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]);
  });

  it("give back what was said of a step a bucket's horizon before it", () => {
    const awaited = new Awaited(new Float64Array(AWAITED_CELLS + 5), 5);
    awaited.clear();
    for (let step = 1; step <= 100; step++)
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const horizon = FIRST_HORIZONS[bucket] ?? 0;
        const due = awaited.due(bucket, step);
        if (step > horizon) assert.equal(due, step, `bucket ${bucket}`);
        else assert.ok(Number.isNaN(due), "nothing was said yet");
        awaited.put(bucket, step, step + horizon);
      }
  });
});
