/** The thread that trains: one job a message, one result a job. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { LstmTraining, readWeights, saveWeights } from "../../core/forecast/lstm/index.ts";
import type { LstmJob, LstmResult } from "./lstm-job.ts";
import { seededRandom } from "./seeded-random.ts";
import { LOWEST_PRIORITY, lowerPriority } from "./thread-priority.ts";

function train({ fleet, budgetMs, seed, from, options }: LstmJob): LstmResult {
  const start = performance.now();
  const weights = from ? { from: readWeights(from) } : {};
  const training = new LstmTraining(fleet, seededRandom(seed), { ...options, ...weights });
  for (let spent = 0; spent < 1; spent = (performance.now() - start) / budgetMs)
    if (training.step(spent).isDone) break;
  const progress = training.finish();
  return { weights: saveWeights(training.best), progress, trainedMs: performance.now() - start };
}

function serve(port: MessagePort): void {
  lowerPriority(LOWEST_PRIORITY);
  port.on("message", (job: LstmJob) => {
    const result = train(job);
    port.postMessage(result, [result.weights.buffer as ArrayBuffer]);
  });
}

if (parentPort) serve(parentPort);
