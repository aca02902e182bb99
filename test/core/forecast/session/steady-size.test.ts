import assert from "node:assert/strict";
import { makeForecaster } from "../../../../src/core/forecast/online/make-forecaster.ts";
import { SessionSeries } from "../../../../src/core/forecast/session/session-series.ts";
import { SteadySize } from "../../../../src/core/forecast/session/steady-size.ts";
import { fitsAtOnce } from "../../../support/fleet-forecasts.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const asked = { h: 5, level: 80, nonNegative: true } as const;

/** A session of `steps` steps, with the names of the series that were made for it. */
function lived(steps: number, sizeOf: (step: number) => number): { series: SessionSeries; made: string[] } {
  const made: string[] = [];
  const series = new SessionSeries({
    id: "s",
    stepMs: 1000,
    horizon: 5,
    level: 80,
    fits: fitsAtOnce,
    make: (spec) => {
      made.push(spec.series);
      return makeForecaster(spec);
    },
  });
  for (let step = 0; step < steps; step++) series.observe(step, "seen", 3, 3 * sizeOf(step));
  return { series, made };
}

describe("a session's message sizes", () => {
  it("that hardly differ need no models: bytes are forecast by messages, with room for what differs", () => {
    const random = seededRandom(3);
    const { series, made } = lived(200, () => 100 + 4 * random.next());
    assert.deepEqual(made, ["s\0messages"]);
    const { median, lower, upper } = series.predict(asked).bytes;
    assert.ok(Math.abs((median[0] ?? 0) - 306) < 3, `${median[0]}`);
    assert.ok((lower[0] ?? 0) < 303 && (upper[0] ?? 0) > 309, `${lower[0]} … ${upper[0]}`);
  });

  it("that begin to differ become a series, as if it had been there before", () => {
    const { series, made } = lived(400, (step) => (step < 200 ? 100 : step % 2 === 0 ? 40 : 400));
    assert.deepEqual(made, ["s\0messages", "s\0bytes"]);
    const [messages, bytes] = series.history();
    assert.equal(bytes.length, messages.length);
    // Counted from the end, before sizes differed: as messages were, by the mean size when they began to.
    assert.ok(Math.abs((bytes[0] ?? 0) - 300) < 60, `${bytes[0]}`);
    assert.equal(bytes.at(-1), 1200);
  });

  it("come back as they were kept: steady or not", () => {
    for (const [sizeOf, names] of [
      [() => 100, ["s\0messages"]],
      [(step: number) => (step % 2 === 0 ? 40 : 400), ["s\0messages", "s\0bytes"]],
    ] as const) {
      const [messages, bytes] = lived(100, sizeOf).series.history();
      const { series, made } = lived(0, sizeOf);
      made.length = 0;
      series.resume({ stepMs: 1000, end: 100, series: [messages, bytes] }, 100, { since: 0, kind: "seen" });
      assert.deepEqual(made, names);
      assert.deepEqual(series.history(), [messages, bytes]);
    }
  });

  it("say nothing before there are a few, nor in steps without messages", () => {
    const size = new SteadySize();
    for (const bytes of [10, 500, 10, 500]) size.add(1, bytes);
    assert.ok(size.isSteady);
    for (let i = 0; i < 20; i++) size.add(0, 0);
    size.add(Number.NaN, Number.NaN);
    assert.ok(size.isSteady);
    for (const bytes of [10, 500, 10, 500]) size.add(1, bytes);
    assert.ok(!size.isSteady);
  });
});
