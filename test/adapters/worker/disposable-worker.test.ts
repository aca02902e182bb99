import assert from "node:assert/strict";
import { mock } from "node:test";
import {
  DisposableWorker,
  WorkerFailure,
  workerEntry,
} from "../../../src/adapters/worker/disposable-worker.ts";

const ample = 8_000;

describe("disposable worker", () => {
  let worker: DisposableWorker<string, string>;
  beforeEach(() => {
    worker = new DisposableWorker(workerEntry("odd-worker", import.meta.url));
  });
  afterEach(() => worker.close());

  it("is made at the first job and serves the next ones too", async () => {
    assert.equal(worker.started, 0);
    const first = await worker.run("a", ample);
    const second = await worker.run("b", ample);
    assert.match(first, /^a \d+$/);
    assert.equal(second.slice(1), first.slice(1), "the same thread");
    assert.equal(worker.started, 1);
  });

  for (const [job, message] of [
    ["hang", /no answer within 1500 ms/],
    ["never", /no answer within 1500 ms/],
    ["throw", /the worker threw/],
    ["exit", /the worker ended with code 3/],
  ] as const)
    it(`is thrown away after "${job}", and made anew for the next job`, async () => {
      await worker.run("a", ample);
      await assert.rejects(
        worker.run(job, 1_500),
        (error) => error instanceof WorkerFailure && message.test(error.message),
      );
      assert.match(await worker.run("b", ample), /^b /);
      assert.equal(worker.started, 2);
    });

  it("keeps no listener of a job that is done", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    for (let i = 0; i < 15; i++) await worker.run("a", ample);
    process.off("warning", onWarning);
    assert.deepEqual(warnings, []);
  });

  it("does one job at a time", async () => {
    const first = worker.run("a", ample);
    await assert.rejects(worker.run("b", ample), TypeError);
    assert.match(await first, /^a /);
  });

  it("swallows what it prints", async () => {
    const write = mock.method(process.stdout, "write", () => true);
    try {
      await worker.run("print", ample);
      await worker.run("a", ample);
      assert.deepEqual(write.mock.calls, []);
    } finally {
      write.mock.restore();
    }
  });

  it("finds its entry beside the module, from source as well as built", () => {
    assert.equal(workerEntry("w", "file:///a/src/b.ts").href, "file:///a/src/w.ts");
    assert.equal(workerEntry("w", "file:///a/dist/b.js").href, "file:///a/dist/w.js");
  });
});
