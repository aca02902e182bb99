import assert from "node:assert/strict";
import { overloadPlot } from "./plot.ts";

describe("bench:live's plot", () => {
  it("draws two bars a policy, to one scale", () => {
    const svg = overloadPlot([
      { name: "static", live: 100, simulated: 50 },
      { name: "predictive", live: 10, simulated: 0 },
    ]);
    const widths = Array.from(
      svg.matchAll(/<rect class="\w+" x="110" y="\d+" width="([\d.]+)" height="15"/g),
      ([, width]) => Number(width),
    );
    assert.deepEqual(widths, [470, 235, 47, 0]);
  });
});
