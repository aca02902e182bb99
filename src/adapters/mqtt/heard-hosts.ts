import { quote, StitchError } from "../../core/errors.ts";
import type { HostLoad } from "../../core/record/host-load.ts";
import { hostLoadFromJson } from "../../core/record/host-load-json.ts";
import type { HostId } from "../../core/units.ts";
import type { PoolTopics } from "./topics.ts";

/** Hosts remembered for who listens later; a pool has a few. */
const MAX_HOSTS = 1024;

/** The heartbeats of a pool as they come in: read, checked, remembered. */
export class HeardHosts {
  readonly #topics: PoolTopics;
  readonly #last = new Map<HostId, HostLoad>();

  constructor(topics: PoolTopics) {
    this.#topics = topics;
  }

  /** The latest heartbeat of each host. */
  get last(): IterableIterator<HostLoad> {
    return this.#last.values();
  }

  clear(): void {
    this.#last.clear();
  }

  /** Reads a heartbeat from an untrusted peer. Throws StitchError `BAD_HEARTBEAT`. */
  read(topic: string, payload: Buffer): HostLoad {
    const load = hostLoadFromJson(payload.toString());
    const { host } = load;
    if (topic !== this.#topics.heartbeat(host)) {
      const text = `heartbeat: host must be its topic's, ${topic}, got ${quote(host)}`;
      throw new StitchError("BAD_HEARTBEAT", text);
    }
    return load;
  }

  /** Throws StitchError `BAD_HEARTBEAT` for a host too many. */
  remember(load: HostLoad): void {
    if (this.#last.size >= MAX_HOSTS && !this.#last.has(load.host)) {
      const text = `heartbeat: hosts must be at most ${MAX_HOSTS}, got one more, ${quote(load.host)}`;
      throw new StitchError("BAD_HEARTBEAT", text);
    }
    this.#last.set(load.host, load);
  }
}
