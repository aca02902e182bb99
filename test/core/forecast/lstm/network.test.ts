import assert from "node:assert/strict";
import { type Batch, emptyBatch } from "../../../../src/core/forecast/lstm/batch.ts";
import { initialParameters } from "../../../../src/core/forecast/lstm/initial.ts";
import { addProduct, type Matrix, matrix, transposed } from "../../../../src/core/forecast/lstm/matrix.ts";
import { Network } from "../../../../src/core/forecast/lstm/network.ts";
import { quantilesAt } from "../../../../src/core/forecast/lstm/quantile-head.ts";
import { type Parameters, parameters, QUANTILES } from "../../../../src/core/forecast/lstm/shape.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const SHAPE = { patch: 3, horizon: 2, hidden: 5 };

/** 4 steps of 3 windows; some targets missing, one row without weight. */
function anyBatch(): Batch {
  const random = seededRandom(3);
  const batch = emptyBatch(SHAPE, 4, 3);
  for (const data of [batch.inputs.data, batch.headInputs.data, batch.targets])
    for (let i = 0; i < data.length; i++) data[i] = 2 * random.next() - 1;
  batch.targets[3] = Number.NaN;
  batch.targets[8] = Number.NaN;
  batch.rowWeights.fill(1);
  batch.rowWeights[2] = 0.5;
  batch.rowWeights[5] = 0;
  return batch;
}

function anyWeights(): Parameters {
  const random = seededRandom(4);
  const weights = initialParameters(SHAPE, random);
  for (let i = 0; i < weights.data.length; i++)
    weights.data[i] = (weights.data[i] as number) + 0.4 * (random.next() - 0.5);
  return weights;
}

/** Largest difference between a block's gradient and central differences, over the block's largest entry. */
function worstError(block: Matrix, weights: Parameters, loss: () => number): number {
  const step = 1e-6;
  let [difference, largest] = [0, 0];
  for (let i = block.at; i < block.at + block.rows * block.cols; i++) {
    const value = weights.data[i] as number;
    weights.data[i] = value + step;
    const above = loss();
    weights.data[i] = value - step;
    const below = loss();
    weights.data[i] = value;
    const numerical = (above - below) / (2 * step);
    difference = Math.max(difference, Math.abs(numerical - (block.data[i] as number)));
    largest = Math.max(largest, Math.abs(numerical));
  }
  assert.ok(largest > 0, "the block has no influence: nothing is checked");
  return difference / largest;
}

describe("Network", () => {
  for (const block of ["input", "recurrent", "head"] as const)
    it(`has the gradient of central differences in the ${block} weights, within 1e-4`, () => {
      const [batch, weights, network] = [anyBatch(), anyWeights(), new Network(SHAPE, 4, 3)];
      const gradient = parameters(SHAPE);
      network.learn(weights, batch, gradient);
      const error = worstError(gradient[block], weights, () => network.loss(weights, batch));
      assert.ok(error <= 1e-4, `${block}: ${error}`);
    });

  it("learns nothing where there is nothing to learn from", () => {
    const [batch, weights, network] = [anyBatch(), anyWeights(), new Network(SHAPE, 4, 3)];
    batch.targets.fill(Number.NaN);
    const gradient = parameters(SHAPE);
    assert.equal(network.learn(weights, batch, gradient), 0);
    assert.ok(gradient.data.every((value) => value === 0));
  });

  it("forecasts a step from what came before it: later inputs change nothing", () => {
    const [batch, weights, network] = [anyBatch(), anyWeights(), new Network(SHAPE, 4, 3)];
    const before = network.forward(weights, batch, 0, 6).data.slice(0, 6 * 18);
    batch.inputs.data.fill(9, 6 * batch.inputs.cols);
    assert.deepEqual(network.forward(weights, batch, 0, 6).data.slice(0, 6 * 18), before);
  });
});

describe("quantilesAt", () => {
  it("never crosses, whatever the head says", () => {
    const random = seededRandom(5);
    const point = new Float64Array(QUANTILES.length);
    for (let i = 0; i < 1000; i++) {
      const raw = Float64Array.from(QUANTILES, () => 200 * (random.next() - 0.5));
      quantilesAt(raw, 0, point);
      for (let q = 1; q < point.length; q++) assert.ok((point[q] as number) >= (point[q - 1] as number));
    }
  });
});

describe("addProduct", () => {
  const random = seededRandom(6);
  const any = (rows: number, cols: number): Matrix => {
    const m = matrix(rows, cols);
    for (let i = 0; i < m.data.length; i++) m.data[i] = random.next();
    return m;
  };
  const at = ({ data, at: from, rowStep, colStep }: Matrix, i: number, j: number): number =>
    data[from + i * rowStep + j * colStep] as number;
  const dot = (a: Matrix, b: Matrix, i: number, j: number): number =>
    Array.from({ length: a.cols }, (_, k) => at(a, i, k) * at(b, k, j)).reduce((sum, x) => sum + x, 0);
  const assertAdds = (a: Matrix, b: Matrix): void => {
    const out = matrix(a.rows, b.cols);
    out.data.fill(1);
    addProduct(out, a, b);
    out.data.forEach((value, n) => {
      const expected = 1 + dot(a, b, Math.floor(n / b.cols), n % b.cols);
      assert.ok(Math.abs(value - expected) < 1e-12, `element ${n}: ${value}, not ${expected}`);
    });
  };

  for (const [rows, inner, cols] of [
    [1, 1, 1],
    [2, 3, 4],
    [3, 5, 7],
    [4, 2, 9],
    [1, 6, 4],
  ] as const)
    it(`adds the product of ${rows} x ${inner} and ${inner} x ${cols}, also transposed`, () => {
      assertAdds(any(rows, inner), any(inner, cols));
      assertAdds(transposed(any(inner, rows)), transposed(any(cols, inner)));
    });

  it("refuses sizes that don't fit", () => {
    assert.throws(() => addProduct(matrix(2, 2), matrix(2, 3), matrix(2, 2)), RangeError);
  });
});
