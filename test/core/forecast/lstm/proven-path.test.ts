import assert from "node:assert/strict";
import fc from "fast-check";
import {
  LstmForecaster,
  LstmTraining,
  provenPath,
  teachingSeries,
} from "../../../../src/core/forecast/lstm/index.ts";
import { initialParameters } from "../../../../src/core/forecast/lstm/initial.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const SHAPE = { patch: 4, horizon: 8, hidden: 8 };
const STEPS = 8;

/** A level that every 10th step jumps and falls back: the last value says little, the network can learn it. */
const sawtooth = (length: number, phase: number, seed: number): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, (_, t) => 100 + 40 * random.next() + ((t + phase) % 3 === 0 ? 20 : 0));
};

describe("proven path", () => {
  it("is empty while the network's rolling loss is not below seasonal naive's, and there once it is", () => {
    const random = seededRandom(1);
    const untrained = initialParameters(SHAPE, random);
    untrained.data.forEach((_, i) => {
      untrained.data[i] = 3 * (random.next() - 0.5);
    });
    const values = sawtooth(240, 0, 99);
    const before = provenPath(new LstmForecaster(untrained, STEPS), values, 12);
    assert.ok(before.loss >= before.seasonalNaiveLoss);
    assert.deepEqual(before.points, []);

    const fleet = Array.from({ length: 6 }, (_, i) => ({ values: sawtooth(240, i, i), stepMs: 1000 }));
    const training = new LstmTraining(fleet, seededRandom(2), {
      shape: SHAPE,
      steps: STEPS,
      batch: 8,
      checkEvery: 10,
    });
    for (let batch = 0; batch < 150; batch++) training.step(batch / 150);
    training.finish();
    const after = provenPath(new LstmForecaster(training.best, STEPS), values, 12);
    assert.ok(after.loss < after.seasonalNaiveLoss, `${after.loss} ${after.seasonalNaiveLoss}`);
    assert.equal(after.points.length, 12);
    assert.ok(after.points.every((point) => point > 80 && point < 180));
  });

  it("is finite or empty, whatever the values", () => {
    const forecaster = new LstmForecaster(initialParameters(SHAPE, seededRandom(1)), STEPS);
    const value = fc.oneof(
      fc.double({ min: -1e100, max: 1e100, noNaN: true }),
      fc.constantFrom(Number.NaN, 0, 1, 1e300, -5),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (values, h) => {
        const { points } = provenPath(forecaster, Float64Array.from(values), h);
        assert.ok(points.length === 0 || (points.length === h && points.every(Number.isFinite)));
      }),
      { numRuns: 40 },
    );
  });
});

describe("teaching series", () => {
  const varying = { values: sawtooth(96, 0, 1), stepMs: 1000 };
  const series = (count: number) => Array.from({ length: count }, () => varying);

  it("are those of 96 values that vary, if there are four of them", () => {
    assert.equal(teachingSeries(series(3)).length, 0);
    assert.equal(teachingSeries(series(4)).length, 4);
    const gap = { ...varying, values: varying.values.map((value, i) => (i === 7 ? Number.NaN : value)) };
    const constant = { ...varying, values: new Float64Array(200).fill(2) };
    assert.equal(teachingSeries([...series(3), gap, constant]).length, 0);
    assert.equal(teachingSeries([gap, constant, ...series(4)]).length, 4);
  });

  it("are 512 at most", () => {
    assert.equal(teachingSeries(series(600)).length, 512);
  });
});
