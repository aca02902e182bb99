import assert from "node:assert/strict";
import { type EngineFits, openEngineFits } from "../../../src/adapters/forecast/engine-fits.ts";
import { type Fit, fitSeries, predict, update } from "../../../src/core/forecast/engine/engine.ts";

const wave = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => 10 + Math.round(8 * Math.sin(i / 3)) + ((i * 37) % 5));
const job = { stepMs: 1000, h: 12 } as const;
const asked = { h: 12, level: 80, nonNegative: true } as const;

describe("fits of the engine in their thread", function () {
  this.timeout(30_000);
  let fits: EngineFits;
  beforeEach(() => {
    fits = openEngineFits({ share: 1, most: 3 });
  });
  afterEach(() => fits.close());

  const ask = (values: Float64Array, series = "s"): Promise<Fit> =>
    new Promise((deliver) => {
      assert.ok(fits.request({ ...job, series, values, deliver }));
    });

  it("are those that the engine makes at once", async () => {
    const values = wave(200);
    const fit = await ask(values);
    assert.deepEqual(predict(fit, asked), predict(fitSeries({ values, stepMs: 1000 }, { h: 12 }), asked));
    assert.equal(fits.delivered, 1);
  });

  it("take as many steps as come before the next one, in little room", async () => {
    for (const length of [24, 200, 990]) {
      const values = wave(length);
      const fit = await ask(values);
      const whole = fitSeries({ values, stepMs: 1000 }, { h: 12 });
      for (let i = 0; i < 250; i++) {
        update(fit, i % 7);
        update(whole, i % 7);
      }
      assert.deepEqual(predict(fit, asked).median, predict(whole, asked).median);
      assert.ok(fit.past.values.length <= length + 250);
    }
  });

  it("are for so many series only; one that rests makes room", async () => {
    await Promise.all(["a", "b", "c"].map((series) => ask(wave(30), series)));
    const one = { ...job, series: "d", values: wave(30), deliver: () => undefined };
    assert.equal(fits.request(one), false);
    fits.release("b");
    assert.equal(fits.request(one), true);
    await ask(wave(40), "a");
  });

  it("keep the series of nodes apart, whose room is one", async () => {
    const other = openEngineFits();
    const one = { ...job, series: "a", values: wave(30), deliver: () => undefined };
    await ask(wave(30), "a");
    await ask(wave(30), "b");
    assert.equal(other.request(one), true);
    assert.equal(other.request({ ...one, series: "b" }), false);
    await other.close();
    await ask(wave(30), "c");
  });

  it("go on after a job that can't be done", async () => {
    fits.request({ series: "bad", values: wave(30), stepMs: -1, h: 12, deliver: () => assert.fail() });
    await ask(wave(30));
  });

  it("are not delivered once it is closed", async () => {
    let late = false;
    const other = openEngineFits();
    other.request({ ...job, series: "s", values: wave(300), deliver: () => (late = true) });
    await other.close();
    await ask(wave(30));
    assert.equal(late, false);
    assert.equal(other.request({ ...job, series: "s", values: wave(30), deliver: () => undefined }), false);
  });
});
