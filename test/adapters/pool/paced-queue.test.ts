import assert from "node:assert/strict";
import { PacedQueue } from "../../../src/adapters/pool/paced-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("PacedQueue", () => {
  it("keeps the order of what brings the next about", () => {
    const done: number[] = [];
    const queue = new PacedQueue<number>(new FakeClock(), (n) => {
      done.push(n);
      if (n === 1) queue.add([3, 4]);
    });
    queue.add([1, 2]);
    assert.deepEqual(done, [1, 2, 3, 4]);
  });

  it("leaves to the next turns what would hold this one up, in order", async () => {
    const clock = new FakeClock();
    const done: number[] = [];
    const queue = new PacedQueue<number>(clock, (n) => {
      done.push(n);
      clock.advance(2);
    });
    queue.add([1, 2]);
    queue.add([3, 4, 5]);
    queue.add([6, 7]);
    assert.deepEqual(done, [1, 2, 3]);
    await turn();
    assert.deepEqual(done, [1, 2, 3, 4, 5, 6]);
    queue.add([8]);
    await turn();
    await turn();
    assert.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("does all that is left when it is asked to", async () => {
    const clock = new FakeClock();
    const done: number[] = [];
    const queue = new PacedQueue<number>(clock, (n) => {
      done.push(n);
      clock.advance(10);
    });
    queue.add([1, 2, 3]);
    queue.flush();
    assert.deepEqual(done, [1, 2, 3]);
    await turn();
    assert.deepEqual(done, [1, 2, 3]);
  });

  it("goes on after a command that failed", async () => {
    const done: number[] = [];
    const queue = new PacedQueue<number>(new FakeClock(), (n) => {
      if (n === 1) throw new Error("no");
      done.push(n);
    });
    assert.throws(() => queue.add([1, 2]), /no/);
    await turn();
    assert.deepEqual(done, [2]);
  });
});
