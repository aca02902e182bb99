/** A worker for tests: answers, prints, hangs, throws or exits, as it is told. */
import { parentPort, threadId } from "node:worker_threads";

parentPort?.on("message", (job: string) => {
  if (job === "hang") for (;;);
  if (job === "throw") throw new Error("trap");
  if (job === "exit") process.exit(3);
  if (job === "print") process.stdout.write("noise\n");
  if (job === "never") return;
  parentPort?.postMessage(`${job} ${threadId}`);
});
