import assert from "node:assert/strict";
import { mock } from "node:test";
import { StepTimer } from "../../../src/adapters/forecast/step-timer.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("step timer", () => {
  let clock: FakeClock;
  let visited: string[];
  let ends: number;
  let timer: StepTimer<string>;

  const start = (items: readonly string[], costMs = 0): void => {
    timer = new StepTimer({
      clock,
      stepMs: 1000,
      items: () => items,
      visit: (item) => {
        visited.push(item);
        clock.advance(costMs);
      },
      onEnd: () => void ends++,
    });
  };
  const tick = (ms: number): void => {
    clock.advance(ms);
    mock.timers.tick(ms);
  };

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    clock = new FakeClock(10_400);
    visited = [];
    ends = 0;
  });
  afterEach(() => {
    timer.close();
    mock.timers.reset();
  });

  it("visits every item at the end of each step of the clock", () => {
    start(["a", "b"]);
    tick(599);
    assert.deepEqual(visited, []);
    tick(10);
    assert.deepEqual(visited, ["a", "b"]);
    tick(1000);
    assert.deepEqual([visited.length, ends], [4, 2]);
  });

  it("gives the loop a turn after a few milliseconds of work", async () => {
    start(
      Array.from({ length: 40 }, (_, i) => `${i}`),
      1,
    );
    tick(610);
    assert.ok(visited.length < 20 && ends === 0, `${visited.length} at a stretch`);
    while (ends === 0) await new Promise(setImmediate);
    assert.deepEqual([visited.length, ends], [40, 1]);
    assert.equal(new Set(visited).size, 40);
  });

  it("ends with nothing to visit, too", () => {
    start([]);
    tick(610);
    assert.equal(ends, 1);
  });

  it("stops when it is closed, also half way", async () => {
    start(
      Array.from({ length: 40 }, (_, i) => `${i}`),
      1,
    );
    tick(610);
    const before = visited.length;
    timer.close();
    for (let turn = 0; turn < 10; turn++) {
      tick(1000);
      await new Promise(setImmediate);
    }
    assert.equal(visited.length, before);
  });
});
