import type { RetainedStream } from "../../core/stitch/protocol.ts";

/** Messages that a gateway had taken over when it was closed, for the next one of the same pool: survives a redeploy. */
export class KeptStreams {
  #streams: readonly RetainedStream[] = [];

  keep(streams: readonly RetainedStream[]): void {
    this.#streams = streams;
  }

  /** Once: whoever takes them is responsible for them. */
  take(): readonly RetainedStream[] {
    const streams = this.#streams;
    this.#streams = [];
    return streams;
  }
}

/** By what all nodes of one Node-RED share: each is handed a `RED` of its own. */
const instances = new WeakMap<object, Map<string, KeptStreams>>();

/** `events` is `RED.events`, `pool` the pool node's id. */
export function keptStreamsOf(events: object, pool: string): KeptStreams {
  const pools = instances.get(events) ?? new Map<string, KeptStreams>();
  instances.set(events, pools);
  const kept = pools.get(pool) ?? new KeptStreams();
  pools.set(pool, kept);
  return kept;
}
