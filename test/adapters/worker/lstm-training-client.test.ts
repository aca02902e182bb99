import assert from "node:assert/strict";
import type { LstmJob } from "../../../src/adapters/worker/lstm-job.ts";
import { LstmTrainingClient } from "../../../src/adapters/worker/lstm-training-client.ts";
import { readWeights } from "../../../src/core/forecast/lstm/index.ts";

const SHAPE = { patch: 4, horizon: 4, hidden: 4 };

function job(more: Partial<LstmJob> = {}): LstmJob {
  const values = Float64Array.from({ length: 100 }, (_, t) => 100 + 50 * Math.sin(t / 3) + ((t * 37) % 11));
  const options = { shape: SHAPE, steps: 8, batch: 4, checkEvery: 5 };
  return { fleet: [{ values, stepMs: 1000 }], budgetMs: 150, seed: 1, options, ...more };
}

describe("LstmTrainingClient", function () {
  this.timeout(30_000);
  let client: LstmTrainingClient;
  beforeEach(() => {
    client = new LstmTrainingClient();
  });
  afterEach(() => client.close());

  it("trains in a thread within the budget and returns weights that can be read", async () => {
    const { weights, progress, trainedMs } = await client.train(job());
    assert.deepEqual(readWeights(weights).shape, SHAPE);
    assert.ok(progress.batches > 0 && Number.isFinite(progress.heldBackLoss));
    assert.ok(trainedMs >= 150 || progress.isDone);
    assert.equal(client.isTraining, false);
  });

  it("goes on from saved weights", async () => {
    const first = await client.train(job());
    const second = await client.train(job({ from: first.weights, budgetMs: 0.001 }));
    assert.ok(second.progress.heldBackLoss < 2 * first.progress.heldBackLoss);
  });

  it("lets one job wait, and a newer one take its place", async () => {
    const running = client.train(job());
    const replaced = assert.rejects(client.train(job()), /replaced/);
    const newest = client.train(job({ budgetMs: 50 }));
    await replaced;
    await running;
    await newest;
  });

  it("reports what the thread can't read, and trains again after it", async () => {
    await assert.rejects(client.train(job({ from: new Uint8Array(3) })), /LSTM training failed/);
    await client.train(job({ budgetMs: 50 }));
  });

  it("ends a thread that hangs", async () => {
    const strict = new LstmTrainingClient(-1e9);
    await assert.rejects(strict.train(job({ budgetMs: 1e9 })), /no answer/);
    await strict.close();
  });

  it("rejects what runs and what comes after, when closed", async () => {
    const running = assert.rejects(client.train(job({ budgetMs: 60_000 })), /closed/);
    await client.close();
    await running;
    await assert.rejects(client.train(job()), /closed/);
  });
});
