import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { NodeDef } from "node-red";
import type { ValueForecast } from "../../src/core/forecast/session/value-forecaster.ts";
import { ForecastFlow } from "../support/forecast-flow.ts";

type ExampleNode = NodeDef & { readonly stepMs?: string };
const example = JSON.parse(readFileSync("examples/4-forecast-any-number.json", "utf8")) as ExampleNode[];
const CORE = ["common/90-comment.js", "common/20-inject.js", "common/21-debug.js", "function/10-function.js"];
const FORECAST = "5e5510a0c0de0405";
const EACH_STEP = "5e5510a0c0de0408";

describe("example 4, forecast any number", () => {
  const flow = new ForecastFlow();
  afterEach(() => flow.unload());

  it("forecasts its temperature within seconds, with an interval, and without an error", async () => {
    // Faster than as imported, so that the test need not wait; all else as it is.
    const fast = example.map((node) => (node.id === FORECAST ? { ...node, stepMs: "300" } : node));
    await flow.load(fast, CORE);
    flow.listen(EACH_STEP);
    await flow.until(() => flow.got(EACH_STEP).length >= 4);
    const { topic, forecast } = flow.got(EACH_STEP).at(-1) ?? assert.fail();
    assert.equal(topic, "room-1/temperature");
    const { median, lower, upper } = forecast as ValueForecast;
    assert.deepEqual([median.length, lower.length, upper.length], [20, 20, 20]);
    for (const [i, point] of median.entries()) {
      assert.ok((lower[i] ?? 99) <= point && point <= (upper[i] ?? -99));
      assert.ok(point > 18 && point < 24, `${point}`);
    }
    assert.equal(flow.node(FORECAST).error.args.length, 0);
  });
});
