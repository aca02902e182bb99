import assert from "node:assert/strict";
import { readDrainOrder } from "../../../src/core/route/drain-order.ts";

describe("readDrainOrder", () => {
  it("takes a host's name, or an object that may take it back", () => {
    assert.deepEqual(readDrainOrder("host-1"), { host: "host-1", isWanted: true });
    assert.deepEqual(readDrainOrder({ host: "host-1" }), { host: "host-1", isWanted: true });
    assert.deepEqual(readDrainOrder({ host: "host-1", on: false }), { host: "host-1", isWanted: false });
  });

  it("says what is wrong with anything else", () => {
    for (const value of [null, 7, "", "a/b", {}, { host: 7 }, { host: "host-1", on: "no" }])
      assert.throws(() => readDrainOrder(value), { code: "BAD_MESSAGE", message: /msg\.drain/ });
  });
});
