/** The thread that forecasts with the network: one series a message. */
import { parentPort } from "node:worker_threads";
import { LstmForecaster, provenPath, readWeights } from "../../core/forecast/lstm/index.ts";
import { LOWEST_PRIORITY, lowerPriority } from "./thread-priority.ts";

/** As it crosses the thread's border. */
export interface LstmPathJob {
  /** Shared memory: nothing is copied. */
  readonly weights: Uint8Array;
  /** Of the weights: those of the same number are read once. */
  readonly version: number;
  readonly values: Float64Array;
  readonly h: number;
}

let known: { readonly version: number; readonly forecaster: LstmForecaster } | undefined;

function forecast({ weights, version, values, h }: LstmPathJob): readonly number[] {
  if (known?.version !== version)
    known = { version, forecaster: new LstmForecaster(readWeights(Uint8Array.from(weights))) };
  return provenPath(known.forecaster, values, h).points;
}

if (parentPort) {
  lowerPriority(LOWEST_PRIORITY);
  parentPort.on("message", (job: LstmPathJob) => parentPort?.postMessage(forecast(job)));
}
