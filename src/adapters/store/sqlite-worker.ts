/**
 * The thread that owns the file. While a commit is on its way to disk, what comes in waits in the port; all of
 * it then makes the next transaction (group commit), so that one fsync acknowledges many writes.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type Parcel, ParcelReader, ParcelWriter } from "./parcel.ts";
import { SqliteEngine, type SqliteTask } from "./sqlite-engine.ts";
import type { SqliteAnswer, SqliteOp, SqliteSetup } from "./sqlite-messages.ts";

function serve(port: MessagePort, setup: SqliteSetup): void {
  const out = new ParcelWriter<SqliteAnswer>();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    if (out.isEmpty) return;
    const parcel = out.take();
    port.postMessage(parcel, [parcel.bytes.buffer]);
  };
  const engine = new SqliteEngine(setup, out, flush);
  const poll = (): void => {
    engine.poll();
    flush();
  };
  const watchOver = (): void => {
    if (engine.isWatched) {
      timer ??= setInterval(poll, setup.pollMs);
      return;
    }
    clearInterval(timer);
    timer = undefined;
  };
  const take = ({ items, bytes }: Parcel<SqliteOp>, tasks: SqliteTask[]): void => {
    const reader = new ParcelReader(bytes);
    for (const op of items) tasks.push({ op, value: "size" in op ? reader.view(op.size) : undefined });
  };

  port.on("message", (first: Parcel<SqliteOp>) => {
    const tasks: SqliteTask[] = [];
    take(first, tasks);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      take(next.message as Parcel<SqliteOp>, tasks);
    engine.run(tasks);
    watchOver();
    flush();
    if (!tasks.some(({ op }) => op.kind === "close")) return;
    clearInterval(timer);
    engine.close();
    port.close();
  });
}

if (parentPort) serve(parentPort, workerData as SqliteSetup);
