/** The thread that fits the engine: one job a message, one fit a job. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { type Fit, fitSeries } from "../../core/forecast/engine/engine.ts";
import type { FitJob } from "../../core/forecast/online/fit-source.ts";
import { lowerPriority } from "./thread-priority.ts";

/** As it crosses the thread's border. */
export type FitRequest = Pick<FitJob, "values" | "stepMs" | "h">;

/** Forecasts are due every step, fits are not: where there is one core for both, the main loop goes first. */
const PRIORITY = 10;
/** Steps that a past can take before it lets go of its oldest 250 at once: no less than those. */
const ROOM = 250;

/** The same, with no more room for what comes than it needs before the next fit: there are hundreds of them. */
function trimmed(fit: Fit): Fit {
  const { past } = fit;
  const room = Math.min(past.values.length, past.length + ROOM);
  return { ...fit, past: { ...past, values: past.values.slice(0, room), seen: past.seen.slice(0, room) } };
}

function serve(port: MessagePort): void {
  lowerPriority(PRIORITY);
  port.on("message", ({ values, stepMs, h }: FitRequest) => {
    const fit = trimmed(fitSeries({ values, stepMs }, { h }));
    port.postMessage(fit, [fit.past.values.buffer as ArrayBuffer, fit.past.seen.buffer as ArrayBuffer]);
  });
}

if (parentPort) serve(parentPort);
