import assert from "node:assert/strict";
import { barPlot } from "./bar-plot.ts";

describe("the benchmarks' plot", () => {
  it("draws a row's bars side by side, all to one scale, with their values", () => {
    const svg = barPlot({
      title: "overload",
      series: [
        { name: "live", colour: "#111" },
        { name: "simulated", colour: "#222" },
      ],
      rows: [
        { name: "static", values: [100, 50] },
        { name: "predictive", values: [10, 0] },
      ],
      unit: " s",
    });
    const bars = svg.matchAll(
      /<rect class="bar\d" x="130" y="\d+" width="([\d.]+)" height="13"\/><text[^>]*>([^<]*)/g,
    );
    assert.deepEqual(
      Array.from(bars, ([, width, value]) => [Number(width), value]),
      [
        [450, "100 s"],
        [225, "50 s"],
        [45, "10 s"],
        [0, "0 s"],
      ],
    );
  });
});
