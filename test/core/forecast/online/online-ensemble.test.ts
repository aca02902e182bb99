import assert from "node:assert/strict";
import fc from "fast-check";
import type { Forecast } from "../../../../src/core/forecast/forecaster.ts";
import { History } from "../../../../src/core/forecast/online/history.ts";
import { OnlineEnsemble } from "../../../../src/core/forecast/online/online-ensemble.ts";
import type { NetworkJob, PathJob } from "../../../../src/core/forecast/online/path.ts";
import { linearScale, log1pScale } from "../../../../src/core/forecast/online/scale.ts";
import type { Random } from "../../../../src/core/ports.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const HORIZON = 20;
const options = { scale: log1pScale, level: 80, horizon: HORIZON, series: "s" } as const;
const asked = { h: HORIZON, level: 80, nonNegative: true } as const;

function assertSane({ median, lower, upper }: Forecast, least = Number.NEGATIVE_INFINITY): void {
  assert.deepEqual([median.length, lower.length, upper.length], [HORIZON, HORIZON, HORIZON]);
  for (const [i, point] of median.entries()) {
    const [low, high] = [lower[i] ?? Number.NaN, upper[i] ?? Number.NaN];
    assert.ok([low, point, high].every(Number.isFinite), `${low} ${point} ${high}`);
    assert.ok(least <= low && low <= point && point <= high, `${low} ${point} ${high}`);
  }
}

const noisyCount = (random: Random): number =>
  Math.round(10 + 8 * (random.next() - 0.5) + (random.next() < 0.1 ? 15 : 0));

function isInside(made: Forecast | undefined, ahead: number, value: number): boolean {
  const { lower = [], upper = [] } = made ?? {};
  return value >= (lower[ahead - 1] ?? Number.NaN) && value <= (upper[ahead - 1] ?? Number.NaN);
}

const counts = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
    { weight: 3, arbitrary: fc.constantFrom(0, 1, 5, 1e30, Number.MIN_VALUE) },
    { weight: 2, arbitrary: fc.constant(Number.NaN) },
  ),
  { maxLength: 120 },
);
const numbers = fc.array(
  fc.oneof(
    fc.double({ min: -1e100, max: 1e100, noNaN: true }),
    fc.constantFrom(0, -5, 5, Number.NaN, 1e100, -1e100),
  ),
  { maxLength: 120 },
);
const paths = fc.array(
  fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e124, -3)),
  { minLength: 0, maxLength: 30 },
);

describe("online ensemble", () => {
  it("forecasts counts that are finite, ordered and never negative", () => {
    fc.assert(
      fc.property(counts, (values) => {
        const ensemble = new OnlineEnsemble(options);
        for (const value of values) ensemble.observe(value);
        assertSane(ensemble.predict(asked), 0);
      }),
    );
  });

  it("forecasts any numbers, finite and ordered, within two ranges", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const ensemble = new OnlineEnsemble({ ...options, scale: linearScale });
        for (const value of values) ensemble.observe(value);
        const forecast = ensemble.predict({ ...asked, nonNegative: false });
        assertSane(forecast);
        const seen = values.filter((value) => !Number.isNaN(value));
        const [low, high] = seen.length > 0 ? [Math.min(...seen), Math.max(...seen)] : [0, 0];
        const reach = 2 * (high - low);
        assert.ok(Math.min(...forecast.lower) >= high - reach && Math.max(...forecast.upper) <= low + reach);
      }),
    );
  });

  it("stays finite and ordered whatever paths it is offered", () => {
    fc.assert(
      fc.property(counts, paths, (values, path) => {
        const ensemble = new OnlineEnsemble(options);
        for (const value of values) {
          ensemble.observe(value);
          ensemble.offer("other", path);
        }
        assertSane(ensemble.predict(asked), 0);
      }),
    );
  });

  for (const ahead of [1, 10])
    it(`covers what it promises on noisy counts, ${ahead} steps ahead`, () => {
      const random = seededRandom(5);
      const ensemble = new OnlineEnsemble(options);
      const made: Forecast[] = [];
      let inside = 0;
      for (let step = 0; step < 3000; step++) {
        const value = noisyCount(random);
        if (step >= 200 && isInside(made[step - ahead], ahead, value)) inside++;
        ensemble.observe(value);
        made.push(ensemble.predict(asked));
      }
      // Whole numbers can't be covered more exactly: the bound itself is inside.
      assert.ok(inside / 2800 > 0.77 && inside / 2800 < 0.88, `${inside / 2800}`);
    });

  it("weighs a path in once it has erred less, and out again when it errs more", () => {
    const ensemble = new OnlineEnsemble(options);
    const valueAt = (step: number): number => (step % 5 === 0 ? 10 : 0);
    const run = (from: number, to: number, phase: number): void => {
      for (let step = from; step < to; step++) {
        ensemble.observe(valueAt(step));
        ensemble.offer(
          "rhythm",
          Array.from({ length: HORIZON }, (_, i) => valueAt(step + 1 + i + phase)),
        );
      }
    };
    run(0, 40, 0);
    const right = ensemble.predict(asked);
    assert.match(right.model.name, /rhythm/);
    right.median.forEach((point, i) => {
      assert.ok(Math.abs(point - valueAt(40 + i)) < 0.1, `step ${i}: ${point}`);
    });
    assert.ok(right.model.skill > 0.4, `${right.model.skill}`);
    run(40, 200, 1);
    assert.equal(ensemble.predict(asked).model.name, "ses");
  });

  it("claims no skill over the naive forecast on a random walk", () => {
    const random = seededRandom(8);
    const ensemble = new OnlineEnsemble({ ...options, scale: linearScale });
    let value = 0;
    for (let step = 0; step < 1000; step++) {
      value += random.next() - 0.5;
      ensemble.observe(value);
    }
    const { skill } = ensemble.predict({ ...asked, nonNegative: false }).model;
    assert.ok(Math.abs(skill) < 0.05, `${skill}`);
  });

  it("claims skill where smoothing helps", () => {
    const random = seededRandom(9);
    const ensemble = new OnlineEnsemble(options);
    for (let step = 0; step < 1000; step++) ensemble.observe(Math.round(random.next() * 10));
    const { skill, trainedOn } = ensemble.predict(asked).model;
    assert.ok(skill > 0.15 && skill < 0.5, `${skill}`);
    assert.equal(trainedOn, 1000);
  });

  it("forecasts a constant as itself, without a width", () => {
    const ensemble = new OnlineEnsemble(options);
    for (let step = 0; step < 50; step++) ensemble.observe(7);
    const { median, lower, upper } = ensemble.predict(asked);
    for (const point of [...median, ...lower, ...upper]) assert.ok(Math.abs(point - 7) < 1e-9);
  });

  it("knows nothing before the first value, and says so", () => {
    const forecast = new OnlineEnsemble(options).predict(asked);
    assertSane(forecast, 0);
    assert.equal(forecast.model.trainedOn, 0);
    assert.equal(forecast.model.skill, 0);
  });

  describe("with a source of paths", () => {
    let jobs: PathJob[];
    const source = { request: (job: PathJob) => void jobs.push(job) };
    const wave = (step: number): number => 20 + 10 * Math.sin(step / 6);
    beforeEach(() => {
      jobs = [];
    });

    it("asks now and then, with finite values on the model's scale", () => {
      const ensemble = new OnlineEnsemble({ ...options, paths: source });
      for (let step = 0; step < 120; step++) ensemble.observe(step % 10 === 9 ? Number.NaN : wave(step));
      assert.ok(jobs.length >= 3 && jobs.length <= 5, `${jobs.length} jobs`);
      for (const { values, h } of jobs) {
        assert.ok(values.length >= 40 && h >= HORIZON);
        assert.ok(values.every((value) => value > 0 && value < Math.log1p(31)));
      }
    });

    it("never asks for a constant: npm arima answers with uninitialised memory", () => {
      const ensemble = new OnlineEnsemble({ ...options, paths: source });
      for (let step = 0; step < 120; step++) ensemble.observe(3);
      assert.equal(jobs.length, 0);
    });

    it("uses a good path, from where it began however late it comes", () => {
      const ensemble = new OnlineEnsemble({ ...options, paths: source });
      for (let step = 0; step < 160; step++) {
        ensemble.observe(wave(step));
        const job = step % 3 === 0 ? jobs.pop() : undefined;
        const origin = step - (step % 3);
        if (job) job.deliver(pathOf(job, origin));
      }
      const { median, model } = ensemble.predict(asked);
      assert.match(model.name, /arima/);
      const error = Math.abs((median[4] ?? 0) - wave(164));
      assert.ok(error < 4, `${error}`);
    });

    /** What a model that knows the wave would say; jobs were made up to two steps before `step`. */
    function pathOf({ values, h }: PathJob, step: number): { points: number[]; variances: number[] } {
      const last = values.at(-1) ?? 0;
      const origin =
        [step, step - 1, step - 2].find((s) => Math.abs(Math.log1p(wave(s)) - last) < 1e-6) ?? step;
      const points = Array.from({ length: h }, (_, i) => Math.log1p(wave(origin + 1 + i)));
      return { points, variances: points.map(() => 1) };
    }

    it("drops a path that fails the gate", () => {
      const ensemble = new OnlineEnsemble({ ...options, paths: source });
      for (let step = 0; step < 160; step++) {
        ensemble.observe(wave(step));
        const job = jobs.pop();
        job?.deliver({ points: Array.from({ length: job.h }, () => 2e-309), variances: [] });
      }
      assert.equal(ensemble.predict(asked).model.name, "ses");
    });
  });

  describe("with the fleet's network", () => {
    // No horizon that is scored is a multiple of this period: there the last value would be right.
    const value = (step: number): number => (step % 5 === 0 ? 60 : 20);
    const pathFrom = (step: number, h: number, error: number): number[] =>
      Array.from({ length: h }, (_, i) => value(step + 1 + i) + error);

    function run(steps: number, pathOf: (step: number, h: number) => number[], isReady = true) {
      let step = 0;
      let asked = 0;
      const request = ({ h, deliver }: NetworkJob): void => {
        asked++;
        deliver(pathOf(step, h));
      };
      const history = new History(360, options.scale.values);
      const ensemble = new OnlineEnsemble({ ...options, history, network: { isReady, request } });
      for (step = 1; step <= steps; step++) {
        history.add(value(step));
        ensemble.observe(value(step));
      }
      const weight = ensemble
        .predict({ h: HORIZON, level: 80, nonNegative: true })
        .model.members?.find(({ name }) => name === "lstm")?.weight;
      return { ensemble, asked, weight };
    }

    it("asks for nothing before it is trained", () => {
      assert.equal(run(200, (step, h) => pathFrom(step, h, 0), false).asked, 0);
    });

    it("tells how each member does alone", () => {
      const { ensemble } = run(200, (step, h) => pathFrom(step, h, 8));
      const { members = [] } = ensemble.predict({ h: HORIZON, level: 80, nonNegative: true }).model;
      const skill = (of: string): number => members.find(({ name }) => name === of)?.skill ?? Number.NaN;
      // The naive one errs by 40 at two steps of five.
      assert.ok(Math.abs(skill("lstm") - (1 - 8 / 16)) < 0.05, `${skill("lstm")}`);
      assert.ok(skill("ses") < skill("lstm"), `${skill("ses")}`);
    });

    it("takes it in where it proves better, and names it with its weight", () => {
      const { ensemble, weight } = run(200, (step, h) => pathFrom(step, h, 0));
      assert.ok((weight ?? 0) > 0.5, `${weight}`);
      const { median, model } = ensemble.predict({ h: HORIZON, level: 80, nonNegative: true });
      assert.match(model.name, /lstm/);
      median.forEach((point, i) => {
        assert.ok(Math.abs(point - value(201 + i)) < 5, `${point}`);
      });
    });

    it("gives it no weight while it is worse, or has nothing to say", () => {
      assert.equal(run(200, (step, h) => pathFrom(step, h, 100)).weight, undefined);
      assert.equal(run(200, () => []).weight, undefined);
    });
  });
});
