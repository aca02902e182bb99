/**
 * The thread that runs npm `arima` (WebAssembly, synchronous, may hang, trap or call `exit()`): whoever made it ends
 * it past its deadline. An error is not caught: it ends the thread, and with it a WebAssembly instance that can't be
 * trusted any more.
 */
import { parentPort } from "node:worker_threads";
import type { ArimaJob, ArimaResult } from "./arima-job.ts";

// The module takes hold of these when it is loaded, and prints whatever it thinks.
const silent = (): void => undefined;
Object.assign(console, { log: silent, warn: silent, error: silent });
const { default: ARIMA } = await import("arima");

/**
 * method 1 (conditional sum of squares): 0 (exact likelihood) explodes to 1e124 on some series. No season: 24 takes
 * 40 s, 240 traps. Orders of 3 are what auto.arima picks for device traffic, at half the time of the default 5.
 */
const OPTIONS = { auto: true, method: 1, p: 3, d: 1, q: 3, P: 0, D: 0, Q: 0, s: 0, verbose: false };

/** The order that is asked for, else the one that auto finds. */
function optionsOf(order: ArimaJob["order"]): typeof OPTIONS {
  if (!order) return OPTIONS;
  const [p, d, q] = order;
  return { ...OPTIONS, auto: false, p, d, q };
}

function forecast({ values, h, order }: ArimaJob): ArimaResult {
  const model = new ARIMA(optionsOf(order));
  try {
    // The second array is the variance, not the standard error, whatever the package's README says.
    const [points, variances] = model.train([...values]).predict(h);
    return { points, variances };
  } finally {
    model.destroy();
  }
}

parentPort?.on("message", (job: ArimaJob) => parentPort?.postMessage(forecast(job)));
