import assert from "node:assert/strict";
import { mock } from "node:test";
import { RefitQueue } from "../../../src/adapters/worker/refit-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("refit queue", () => {
  let clock: FakeClock;
  let queue: RefitQueue<string>;
  /** Jobs that began, each with the end of its work. */
  let begun: { job: string; end: (error?: Error) => void }[];

  /** Lets promises settle, then time pass. */
  async function pass(ms: number): Promise<void> {
    await new Promise(setImmediate);
    clock.advance(ms);
    mock.timers.tick(ms);
    await new Promise(setImmediate);
  }

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    clock = new FakeClock();
    begun = [];
    queue = new RefitQueue({
      clock,
      most: 2,
      share: 0.25,
      work: (job) =>
        new Promise((resolve, reject) => {
          begun.push({ job, end: (error) => (error ? reject(error) : resolve()) });
        }),
    });
  });
  afterEach(() => {
    queue.close();
    mock.timers.reset();
  });

  const jobs = (): string[] => begun.map(({ job }) => job);

  it("does one at a time, and rests three times as long as each took", async () => {
    queue.add("x", "x1");
    queue.add("y", "y1");
    await pass(0);
    assert.deepEqual(jobs(), ["x1"]);
    await pass(100);
    begun[0]?.end();
    await pass(299);
    assert.deepEqual(jobs(), ["x1"]);
    await pass(1);
    assert.deepEqual(jobs(), ["x1", "y1"]);
  });

  it("keeps the newest of each series, in the place of the one before", async () => {
    queue.add("x", "x1");
    queue.add("y", "y1");
    queue.add("x", "x2");
    await pass(0);
    assert.deepEqual(jobs(), ["x2"]);
    assert.equal(queue.waiting, 1);
  });

  it("refuses more series than it may hold, and counts them", () => {
    assert.deepEqual([queue.add("x", "1"), queue.add("y", "1"), queue.add("z", "1")], [true, true, false]);
    assert.deepEqual(queue.tally, { done: 0, failed: 0, refused: 1 });
  });

  it("goes on after a job that failed", async () => {
    queue.add("x", "x1");
    queue.add("y", "y1");
    await pass(0);
    begun[0]?.end(new Error("trap"));
    await pass(0);
    begun[1]?.end();
    await pass(0);
    assert.deepEqual(jobs(), ["x1", "y1"]);
    assert.deepEqual(queue.tally, { done: 1, failed: 1, refused: 0 });
  });

  it("starts anew after it ran dry", async () => {
    queue.add("x", "x1");
    await pass(0);
    begun[0]?.end();
    await pass(0);
    queue.add("x", "x2");
    await pass(0);
    assert.deepEqual(jobs(), ["x1", "x2"]);
  });

  it("does nothing once it is closed", async () => {
    queue.add("x", "x1");
    queue.close();
    assert.equal(queue.add("y", "y1"), false);
    await pass(10_000);
    assert.deepEqual(jobs(), []);
  });
});
