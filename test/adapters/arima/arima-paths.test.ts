import assert from "node:assert/strict";
import { type ArimaPaths, openArimaPaths } from "../../../src/adapters/arima/arima-paths.ts";
import type { Forecast } from "../../../src/core/forecast/forecaster.ts";
import { OnlineEnsemble } from "../../../src/core/forecast/online/online-ensemble.ts";
import { boundsOf, passesGate } from "../../../src/core/forecast/online/output-gate.ts";
import type { PathWithVariance } from "../../../src/core/forecast/online/path.ts";
import { linearScale } from "../../../src/core/forecast/online/scale.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const H = 20;
const series = (value: (step: number) => number, length = 200): number[] =>
  Array.from({ length }, (_, i) => value(i));
const random = seededRandom(11);

describe("npm arima in its thread", function () {
  this.timeout(30_000);
  let paths: ArimaPaths;
  before(() => {
    paths = openArimaPaths(1);
  });
  after(() => paths.close());

  const ask = (values: readonly number[], name = "s"): Promise<PathWithVariance> =>
    new Promise((deliver) => paths.request({ series: name, values, h: H, deliver }));

  it("forecasts a noisy wave far better than its mean", async () => {
    const wave = (step: number): number => Math.sin(step / 5);
    const path = await ask(series((step) => wave(step) + (random.next() - 0.5) * 0.1));
    assert.ok(passesGate(path, H, boundsOf(-1.05, 1.05)));
    const error =
      path.points.slice(0, 5).reduce((sum, point, i) => sum + Math.abs(point - wave(200 + i)), 0) / 5;
    assert.ok(error < 0.3, `${error}`);
  });

  // Each of these made npm arima 0.2.8 trap, explode, go NaN or answer with uninitialised memory.
  const nasty = {
    "a constant": series(() => 5),
    zeros: series(() => 0),
    "a step": series((step) => (step < 100 ? 0 : 10)),
    "growth by half each step": series((step) => 1.5 ** step),
    "a lone spike": series((step) => (step === 150 ? 1e9 : 1)),
    "0 and 1 in turn": series((step) => step % 2),
    "values near 1e100": series((step) => 1e100 * Math.sin(step)),
    "values near 0": series((step) => 1e-300 * Math.sin(step)),
    "a spread of rounding errors": series((step) => 5 + 1e-12 * Math.sin(step * 7)),
    "sparse events": series(() => (random.next() < 0.05 ? 1 : 0)),
    "a series that is too short": series((step) => step, 5),
    "NaN in it": series((step) => (step % 3 ? step : Number.NaN)),
  };
  for (const [what, values] of Object.entries(nasty))
    it(`lives through ${what}: the next series is forecast, and nothing insane gets through the gate`, async () => {
      let path: PathWithVariance | undefined;
      paths.request({ series: what, values, h: H, deliver: (delivered) => (path = delivered) });
      const next = await ask(series((step) => Math.sin(step / 5) + random.next() * 0.1));
      assert.equal(next.points.length, H);
      if (!path || !passesGate(path, H, boundsOf(Math.min(...values), Math.max(...values)))) return;
      const [low, high] = [Math.min(...values), Math.max(...values)];
      for (const point of path.points) assert.ok(point >= 2 * low - high && point <= 2 * high - low);
    });

  it("takes an order of one's own: of a moving average of 1 nothing is left after a step but the mean", async () => {
    const own = openArimaPaths(1, [0, 0, 1]);
    try {
      const values = series((step) => 7 + Math.sin(step / 5) + random.next() * 0.1);
      const { points } = await new Promise<PathWithVariance>((deliver) =>
        own.request({ series: "own", values, h: H, deliver }),
      );
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs((points[0] as number) - mean) > 0.1);
      for (const point of points.slice(1)) assert.ok(Math.abs(point - mean) < 0.1, `${point} ${mean}`);
    } finally {
      await own.close();
    }
  });

  it("joins the online forecast where it errs less", async () => {
    const options = { scale: linearScale, level: 80, horizon: H, series: "wave" } as const;
    const [alone, helped] = [new OnlineEnsemble(options), new OnlineEnsemble({ ...options, paths })];
    let { delivered } = paths;
    for (let step = 0; step < 200; step++) {
      const value = 10 * Math.sin(step / 5) + random.next() * 0.2;
      alone.observe(value);
      helped.observe(value);
      // From 40 values on, every 21 steps a refit is asked for; its answer comes before the next step.
      const isAsked = step >= 39 && (step - 39) % 21 === 0;
      while (isAsked && paths.delivered === delivered) await new Promise(setImmediate);
      delivered = paths.delivered;
    }
    const [{ model: before }, { model }] = [alone, helped].map((ensemble) =>
      ensemble.predict({ h: H, level: 80, nonNegative: false }),
    ) as [Forecast, Forecast];
    assert.equal(model.name, "ses + arima");
    assert.ok(model.skill > before.skill + 0.05, `${model.skill} against ${before.skill}`);
  });

  it("delivers nothing more once it is closed", async () => {
    let late = false;
    const other = openArimaPaths();
    other.request({
      series: "s",
      values: series((step) => Math.sin(step)),
      h: H,
      deliver: () => (late = true),
    });
    await other.close();
    await ask(series((step) => Math.sin(step / 3)));
    assert.equal(late, false);
  });
});
