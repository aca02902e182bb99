import assert from "node:assert/strict";
import { DisposableWorker, workerEntry } from "../../../src/adapters/worker/disposable-worker.ts";
import type { FitRequest } from "../../../src/adapters/worker/fit-worker.ts";
import type { LstmPathJob } from "../../../src/adapters/worker/lstm-path-worker.ts";
import { LstmTrainingClient } from "../../../src/adapters/worker/lstm-training-client.ts";
import { type Fit, predict } from "../../../src/core/forecast/engine/engine.ts";
import { readWeights } from "../../../src/core/forecast/lstm/index.ts";
import { EDGE_CORPUS } from "../../support/edge-corpus.ts";

/** Far beyond what an answer takes: these threads have the lowest priority, and other tests may run beside them. */
const DEADLINE_MS = 20_000;
const MONTH_MS = 30 * 86_400_000;
const h = 12;
const rhythm = (phase: number): Float64Array =>
  Float64Array.from({ length: 240 }, (_, t) =>
    Math.round(60 + 50 * Math.sin((t + phase) / 2.5) + ((t * 7) % 5)),
  );
const entry = (name: string): URL => workerEntry(`../../../src/adapters/worker/${name}`, import.meta.url);

describe("edge corpus through the workers", function () {
  this.timeout(120_000);

  it("the one that fits answers each in time, finite, and lives on", async () => {
    const worker = new DisposableWorker<FitRequest, Fit>(entry("fit-worker"));
    try {
      for (const [name, values] of Object.entries(EDGE_CORPUS)) {
        for (const stepMs of [1, MONTH_MS]) {
          const fit = await worker.run({ values: values.slice(), stepMs, h }, DEADLINE_MS);
          const { median, lower, upper } = predict(fit, { h, level: 95, nonNegative: true });
          assert.ok([...median, ...lower, ...upper].every(Number.isFinite), name);
          assert.ok(
            lower.every((low, i) => low >= 0 && low <= (upper[i] as number)),
            name,
          );
        }
      }
      const { skill } = await worker.run({ values: rhythm(0), stepMs: 1000, h }, DEADLINE_MS);
      assert.ok(skill > 0.5, `skill ${skill}`);
    } finally {
      await worker.close();
    }
  });

  it("the one that trains the network learns of a fleet of nothing else, and of one among others", async () => {
    const client = new LstmTrainingClient();
    const options = { shape: { patch: 4, horizon: 8, hidden: 8 }, steps: 8, batch: 8, checkEvery: 5 };
    const edges = Object.values(EDGE_CORPUS).map((values) => ({ values: values.slice(), stepMs: 1000 }));
    const others = [0, 3, 6, 9].map((phase) => ({ values: rhythm(phase), stepMs: 1000 }));
    try {
      for (const fleet of [edges, [...others, ...edges]]) {
        const { weights, progress } = await client.train({ fleet, budgetMs: 100, seed: 1, options });
        assert.ok(Number.isFinite(progress.heldBackLoss), `${progress.heldBackLoss}`);
        assert.deepEqual(readWeights(weights).shape, options.shape);
        await forecastsAll(weights);
      }
    } finally {
      await client.close();
    }
  });

  /** With these weights the forecasting thread says finite points, or none where it is not sure of itself. */
  async function forecastsAll(weights: Uint8Array): Promise<void> {
    const shared = new Uint8Array(new SharedArrayBuffer(weights.length));
    shared.set(weights);
    const worker = new DisposableWorker<LstmPathJob, readonly number[]>(entry("lstm-path-worker"));
    try {
      for (const [name, values] of [...Object.entries(EDGE_CORPUS), ["a rhythm", rhythm(1)] as const]) {
        const job = { weights: shared, version: 1, values: Float64Array.from(values), h };
        const points = await worker.run(job, DEADLINE_MS);
        assert.ok(points.length === h || points.length === 0, `${name}: ${points.length} points`);
        assert.ok(points.every(Number.isFinite), `${name}: ${points.join(" ")}`);
      }
    } finally {
      await worker.close();
    }
  }
});
