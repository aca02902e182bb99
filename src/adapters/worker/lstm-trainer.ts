/** The thread that trains: one job a message, one result a job. */
import { setPriority } from "node:os";
import { type MessagePort, parentPort } from "node:worker_threads";
import { LstmTraining, readWeights, saveWeights } from "../../core/forecast/lstm/index.ts";
import type { LstmJob, LstmResult } from "./lstm-job.ts";
import { seededRandom } from "./seeded-random.ts";

const LOWEST_PRIORITY = 19;

/** Linux gives each thread a priority; elsewhere this would slow the whole gateway down. */
function yieldToOthers(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(LOWEST_PRIORITY);
  } catch {
    // Forbidden in some containers: training then competes as an equal, within its budget.
  }
}

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
  yieldToOthers();
  port.on("message", (job: LstmJob) => {
    const result = train(job);
    port.postMessage(result, [result.weights.buffer as ArrayBuffer]);
  });
}

if (parentPort) serve(parentPort);
