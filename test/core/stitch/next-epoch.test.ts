import assert from "node:assert/strict";
import { nextEpoch } from "../../../src/core/stitch/next-epoch.ts";

describe("nextEpoch", () => {
  const next = { owner: "B", known: 0, writeId: "w" };

  it("changes owner and epoch, and keeps all else", () => {
    const outbox = [{ seq: 7, index: 0, message: {} }];
    const base = { epoch: 3, owner: "A", seq: 7, state: { n: 1 }, outbox, writeId: "v" };
    const record = nextEpoch(base, next);
    assert.deepEqual(record, { ...base, epoch: 4, owner: "B", writeId: "w", begun: [[4, 7]] });
  });

  it("begins above the epoch that is known where the record is gone", () => {
    assert.equal(nextEpoch(undefined, { ...next, known: 5 }).epoch, 6);
    assert.deepEqual(nextEpoch(undefined, next), {
      epoch: 1,
      owner: "B",
      seq: 0,
      state: undefined,
      outbox: [],
      writeId: "w",
      begun: [[1, 0]],
    });
  });

  it("remembers the latest epochs' beginnings, a bounded number", () => {
    let record = nextEpoch(undefined, next);
    for (let seq = 1; seq <= 40; seq++) record = nextEpoch({ ...record, seq }, next);
    assert.equal(record.begun?.length, 16);
    assert.deepEqual(record.begun?.at(-1), [41, 40]);
    assert.deepEqual(record.begun?.at(0), [26, 25]);
  });
});
