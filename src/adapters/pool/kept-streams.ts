import type { Clock } from "../../core/ports.ts";
import type { StreamLink } from "../../core/record/stream-link.ts";
import type { RetainedStream } from "../../core/stitch/protocol.ts";
import type { Retention } from "../../core/stitch/retention.ts";

/** On a redeploy what is on the way may arrive. */
const CLOSE_MS = 2000;
/** How often it is looked for. */
const LOOK_MS = 25;

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

/** Waits a while for acknowledgements and keeps the rest; what to tell people of it, if anything is left. */
export async function leaveBehind(
  retention: Retention,
  link: StreamLink,
  clock: Clock,
  kept: KeptStreams | undefined,
  isLogged: (stream: RetainedStream) => boolean,
): Promise<string | undefined> {
  const left = (): RetainedStream[] =>
    retention.streams().filter((stream) => stream.messages.length > 0 && !isLogged(stream));
  const untilMs = clock.now() + CLOSE_MS;
  while (left().length > 0 && link.state === "up" && clock.now() < untilMs)
    await new Promise((next) => setTimeout(next, LOOK_MS));
  const streams = left();
  if (streams.length === 0) return undefined;
  kept?.keep(streams);
  const messages = streams.reduce((sum, stream) => sum + stream.messages.length, 0);
  const fate = kept ? "the redeployed flow sends them; if Node-RED ends, they are lost" : "they are lost";
  return `closed with ${messages} messages that no host has acknowledged: ${fate}`;
}
