import { StitchError } from "../../core/errors.ts";
import type { Undeliverable } from "./gateway-pool.ts";
import type { StreamLog } from "./stream-log.ts";

/**
 * What a gateway with a broker left on disk, where the pool has none any more: given up, so that it neither waits in the
 * file for ever nor overtakes newer messages when there is a broker again. Resolves to how many; the log is closed.
 */
export async function giveUpLeft(
  log: StreamLog,
  tell: (undeliverable: Undeliverable) => void,
): Promise<number> {
  const streams = (await log.open()) ?? [];
  const error = new StitchError(
    "LINK_DOWN",
    "kept on disk for hosts of a broker, which the pool no longer has",
  );
  let count = 0;
  for (const { id, messages } of streams) {
    count += messages.length;
    for (const message of messages) tell({ id, message, error });
    log.trimmed(id, messages.length);
  }
  await log.close();
  return count;
}
