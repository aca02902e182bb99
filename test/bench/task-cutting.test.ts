import assert from "node:assert/strict";
import { binned, tasksOf } from "./task-cutting.ts";

describe("tasks cut from a series", () => {
  const source = { set: "s", name: "n", stepSeconds: 10, values: Array.from({ length: 1500 }, (_, i) => i) };

  it("test what comes after what they train on, from later and later origins up to the end", () => {
    const tasks = tasksOf(source);
    assert.equal(tasks.length, 4);
    for (const { train, test, h } of tasks) {
      assert.ok(train.length <= 1000);
      assert.equal(test.length, h);
      assert.equal(test[0], (train.at(-1) as number) + 1);
    }
    assert.equal(tasks.at(-1)?.test.at(-1), 1499);
  });

  it("leave out series that are too short, and forecasts that nothing is known of", () => {
    assert.deepEqual(tasksOf({ ...source, values: source.values.slice(0, 200) }), []);
    assert.deepEqual(tasksOf({ ...source, values: source.values.map(() => 5) }), []);
  });

  it("count silence as 0, and take a mean of nothing for missing", () => {
    const samples = [0, 1, 25].map((atSeconds) => ({ atSeconds, value: 4 }));
    assert.deepEqual(binned(samples, 10, "sum"), [8, 0, 4]);
    assert.deepEqual(binned(samples, 10, "count"), [2, 0, 1]);
    assert.deepEqual(binned(samples, 10, "mean"), [4, null, 4]);
  });
});
