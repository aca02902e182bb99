import assert from "node:assert/strict";
import fc from "fast-check";
import { Holds } from "../../../src/core/stitch/holds.ts";

describe("Holds", () => {
  it("lets few slots be held at once, and the others in turn", () => {
    const holds = new Holds(2);
    assert.ok(holds.take("a", 0));
    assert.ok(holds.take("b", 0));
    assert.ok(!holds.take("c", 0));
    assert.ok(!holds.take("d", 0));
    assert.equal(holds.next(1), undefined);
    holds.give("a");
    assert.equal(holds.next(1), "c");
    assert.ok(holds.take("c", 1));
    assert.equal(holds.next(1), undefined);
  });

  it("does not let all wait for one whose owner is slow", () => {
    const holds = new Holds(2);
    for (const slot of ["a", "b", "c"]) holds.take(slot, 0);
    assert.equal(holds.next(49), undefined);
    assert.equal(holds.next(50), "c");
  });

  it("comes to each slot that waits, whatever is given up meanwhile", () => {
    const slots = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(slots, fc.nat(29), (all, lost) => {
        const holds = new Holds(2);
        const held = all.filter((slot) => holds.take(slot, 0));
        const gone = all[lost % all.length] as string;
        const done = new Set([gone]);
        holds.give(gone);
        for (let rounds = 0; rounds < 200; rounds++) {
          const slot = holds.next(0);
          if (slot !== undefined && holds.take(slot, 0)) held.push(slot);
          const ready = held.shift();
          if (ready === undefined) continue;
          done.add(ready);
          holds.give(ready);
        }
        assert.equal(done.size, all.length);
      }),
    );
  });
});
