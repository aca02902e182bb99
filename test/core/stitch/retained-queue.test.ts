import assert from "node:assert/strict";
import fc from "fast-check";
import { Outbox } from "../../../src/core/stitch/outbox.ts";
import { RetainedQueue } from "../../../src/core/stitch/retained-queue.ts";
import { sizeOf } from "../../../src/core/stitch/size-of.ts";

describe("RetainedQueue", () => {
  it("behaves as an array that is cut at its front", () => {
    const step = fc.oneof(fc.constant("push" as const), fc.nat(3000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), (steps) => {
        const queue = new RetainedQueue();
        let model: number[] = [];
        let pushed = 0;
        for (const each of steps) {
          if (each === "push") {
            queue.push({ payload: ++pushed, bytes: 2, atMs: 0 });
            model.push(pushed);
          } else {
            const kept = model.filter((n) => n > each);
            assert.equal(queue.trim(each), 2 * (model.length - kept.length));
            model = kept;
          }
        }
        assert.deepEqual([queue.length, queue.last], [model.length, pushed]);
        assert.deepEqual(
          model.map((seq) => queue.at(seq)?.payload),
          model,
        );
        assert.equal(queue.at(queue.acked), undefined);
      }),
      { numRuns: 30 },
    );
  });
});

describe("Outbox", () => {
  it("counts its bytes, in whatever order outputs are confirmed", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]), (order) => {
        const outbox = new Outbox();
        outbox.add([1, 2, 3, 4].map((seq) => ({ seq, index: 0, message: { payload: "x".repeat(seq) } })));
        assert.equal(outbox.nextBatch().length, 4);
        outbox.add([5, 6, 7, 8].map((seq) => ({ seq, index: 0, message: { payload: "x".repeat(seq) } })));
        for (const seq of order) assert.equal(outbox.confirm(seq, 0), true);
        assert.equal(outbox.confirm(9, 0), false);
        const bytes = outbox.entries().reduce((sum, { message }) => sum + sizeOf(message), 0);
        assert.equal(outbox.bytes, bytes);
        assert.equal(outbox.outstanding().length + outbox.waiting().length, outbox.length);
      }),
    );
  });
});

describe("sizeOf", () => {
  it("sees as deep as a message may nest, so that no device hides its bytes", () => {
    let value: unknown = "x".repeat(10_000);
    for (let depth = 0; depth < 60; depth++) value = depth % 2 ? [value] : { value };
    assert.ok(sizeOf(value) > 10_000);
  });

  it("is about what a value takes, and ends for any value", () => {
    assert.equal(sizeOf("x".repeat(1000)), 1002);
    assert.equal(sizeOf(new Uint8Array(1000)), 1004);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    assert.ok(sizeOf(cycle) < 1000);
    fc.assert(fc.property(fc.anything(), (value) => sizeOf(value) >= 0));
  });
});
