import assert from "node:assert/strict";
import { summarised } from "./forecast-summary.ts";
import { pastFleet, scored, type Task } from "./forecast-tasks.ts";

const task: Task = {
  id: "set/series@5",
  set: "set",
  stepSeconds: 60,
  season: 1,
  h: 2,
  train: [0, 2, 0, 2, 0],
  test: [4, null],
};
const forecast = {
  id: task.id,
  median: [2, 9],
  lower80: [1, 9],
  upper80: [5, 9],
  lower95: [1, 9],
  upper95: [3, 9],
};

describe("scores of a forecast", () => {
  it("are over the points that are known, scaled by the training values' changes", () => {
    const { mase, smape, coverage80, coverage95, points, nonFinite } = scored(task, forecast);
    assert.deepEqual([mase, coverage80, coverage95, points, nonFinite], [1, 1, 0, 1, 0]);
    assert.ok(Math.abs(smape - (200 * 2) / 6) < 1e-9);
  });

  it("charge an interval its width, and what it is missed by forty times", () => {
    assert.equal(scored(task, forecast).msis, (2 + 40 * 1) / 2);
  });

  it("count what is not finite and what leaves the training values by more than two ranges", () => {
    const wild = { ...forecast, median: [Number.NaN, 2], upper80: [5, 7] };
    const { nonFinite, beyondTwoRanges } = scored(task, wild);
    assert.deepEqual([nonFinite, beyondTwoRanges], [1, 1 + 3]);
  });

  it("come to a geometric mean over sets of the ratios of mean MASE", () => {
    const row = (set: string, mase: number) => ({
      ...scored(task, forecast),
      id: set,
      set,
      mase,
      refitMs: 1,
    });
    const { all } = summarised([row("a", 1), row("b", 4)], [row("a", 2), row("b", 4)]);
    assert.ok(Math.abs(all.relativeMase - Math.sqrt(0.5)) < 1e-12);
  });

  it("let the network learn from each series' earliest past only", () => {
    const later = { ...task, id: "set/series@9", train: [9, 9, 9, 9, 9] };
    const fleet = pastFleet([later, task]);
    assert.deepEqual(
      fleet.map(({ values }) => [...(values as Float64Array)]),
      [[0, 2, 0, 2, 0]],
    );
  });
});
