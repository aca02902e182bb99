import assert from "node:assert/strict";
import type { Series } from "../../../../src/core/forecast/forecaster.ts";
import {
  LstmForecaster,
  LstmTraining,
  type TrainingProgress,
} from "../../../../src/core/forecast/lstm/index.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const SMALL = {
  shape: { patch: 8, horizon: 8, hidden: 12 },
  steps: 12,
  batch: 8,
  checkEvery: 20,
  rate: 1e-2,
};

/** Noisy sines and square waves, of periods between 12 and 30 steps. */
function waves(count: number, length: number, seed: number): Series[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, k) => {
    const period = 12 + Math.floor(18 * random.next());
    const phase = period * random.next();
    const values = Array.from({ length }, (_value, t) => {
      const wave = Math.sin((2 * Math.PI * (t + phase)) / period);
      return 1000 + 400 * (k % 2 ? Math.sign(wave) : wave) + 120 * (random.next() + random.next() - 1);
    });
    return { values, stepMs: 1000 };
  });
}

function trained(fleet: readonly Series[], batches: number, seed: number, options = {}): LstmTraining {
  const training = new LstmTraining(fleet, seededRandom(seed), { ...SMALL, ...options });
  for (let i = 0; i < batches; i++) if (training.step(i / batches).isDone) break;
  training.finish();
  return training;
}

/** Mean absolute errors of the LSTM and of the best seasonal naive forecast, of the last 8 values of each series. */
function errors(training: LstmTraining, fleet: readonly Series[]): { lstm: number; naive: number } {
  const forecaster = new LstmForecaster(training.best, SMALL.steps);
  const sums = { lstm: 0, naive: 0 };
  for (const { values, stepMs } of fleet) {
    const known = Array.from(values).slice(0, -8);
    const { median, model } = forecaster.forecast(
      { values: known, stepMs },
      { h: 8, level: 80, nonNegative: true },
    );
    const lag = model.seasons[0] ?? 1;
    for (let j = 0; j < 8; j++) {
      const actual = values[known.length + j] as number;
      sums.lstm += Math.abs(actual - (median[j] as number));
      sums.naive += Math.abs(actual - (known[known.length + j - Math.ceil((j + 1) / lag) * lag] as number));
    }
  }
  return sums;
}

describe("LstmTraining", function () {
  this.timeout(30_000);

  it("beats seasonal naive by a tenth on waves it never saw", () => {
    const training = trained(waves(24, 240, 1), 240, 2);
    const { lstm, naive } = errors(training, waves(24, 240, 3));
    assert.ok(lstm < 0.9 * naive, `${lstm} against ${naive}`);
  });

  it("is the same for the same seed, and another for another", () => {
    const fleet = waves(4, 120, 1);
    const [a, b, c] = [trained(fleet, 20, 5), trained(fleet, 20, 5), trained(fleet, 20, 6)];
    assert.deepEqual(a.best.data, b.best.data);
    assert.notDeepEqual(a.best.data, c.best.data);
  });

  it("keeps the weights that were best on held-back time, and stops when none get better", () => {
    const random = seededRandom(8);
    const noise = Array.from({ length: 3 }, () => ({
      values: Array.from({ length: 80 }, () => random.next()),
      stepMs: 1000,
    }));
    const training = new LstmTraining(noise, seededRandom(9), { ...SMALL, patience: 2 });
    let progress: TrainingProgress = training.step(0);
    let [least, batches] = [progress.heldBackLoss, 1];
    while (!progress.isDone && batches < 2000) {
      progress = training.step(0.1);
      assert.ok(progress.heldBackLoss <= least);
      least = progress.heldBackLoss;
      batches++;
    }
    assert.ok(progress.isDone, "noise is learnt by heart, which held-back time must show");
  });

  it("never looks at held-back time but to judge", () => {
    const fleet = waves(4, 120, 1);
    const other = fleet.map(({ values, stepMs }) => ({
      values: Array.from(values).map((value, t) => (t < 102 ? value : 7)),
      stepMs,
    }));
    // Without a look at it, what is learnt is the same whatever the held-back time holds.
    const step = (series: readonly Series[]): number => {
      const training = new LstmTraining(series, seededRandom(5), { ...SMALL, checkEvery: 1000 });
      for (let i = 0; i < 9; i++) training.step(0.1);
      return training.step(0.1).loss;
    };
    assert.equal(step(fleet), step(other));
  });

  it("goes on from weights it is given", () => {
    const fleet = waves(8, 160, 1);
    const first = trained(fleet, 120, 2);
    const again = new LstmTraining(fleet, seededRandom(3), { ...SMALL, from: first.best, checkEvery: 1 });
    const fresh = new LstmTraining(fleet, seededRandom(3), { ...SMALL, checkEvery: 1 });
    assert.ok(again.step(0.9).heldBackLoss < fresh.step(0.9).heldBackLoss);
  });

  it("is done at once without anything to learn from", () => {
    const nothing = [
      { values: [], stepMs: 1 },
      { values: [1, 2], stepMs: 1 },
      { values: Array.from({ length: 200 }, () => Number.NaN), stepMs: 1 },
    ];
    const training = new LstmTraining(nothing, seededRandom(1), SMALL);
    assert.ok(training.step(0).isDone);
    assert.equal(training.finish().batches, 0);
    assert.ok(training.best.data.every(Number.isFinite));
  });

  it("stays finite on constants, spikes and gaps", () => {
    const series = [
      Array.from({ length: 100 }, () => 5),
      Array.from({ length: 100 }, (_, t) => (t === 60 ? 1e12 : 1)),
      Array.from({ length: 100 }, (_, t) => (t % 3 ? Number.NaN : t)),
      Array.from({ length: 100 }, (_, t) => (t % 2 ? 1e300 : -1e300)),
    ];
    const training = trained(
      series.map((values) => ({ values, stepMs: 1000 })),
      30,
      1,
    );
    assert.ok(training.best.data.every(Number.isFinite));
    assert.ok(Number.isFinite(training.finish().heldBackLoss));
  });
});
