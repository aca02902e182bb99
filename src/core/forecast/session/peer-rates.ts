/** What one step of a session like this carried, on the mean. */
export interface PeerRate {
  readonly messages: number;
  readonly bytes: number;
  /** That the means were made of, so far. */
  readonly steps: number;
}

/** Share of a new step in the means, once enough were seen: a memory of about 500 steps of all peers together. */
const NEWEST = 0.002;
/** Steps that a rate is made of at least. */
const FEWEST = 8;

interface Group {
  messages: number;
  bytes: number;
  steps: number;
}

/** What sessions of the same device profile carry a step: what is expected of one that is new. O(1) per step. */
export class PeerRates {
  readonly #groups = new Map<string, Group>();

  /** A closed step of a session; `profile`: the name of its device profile. */
  observe(profile: string, messages: number, bytes: number): void {
    const group = this.#groups.get(profile) ?? { messages: 0, bytes: 0, steps: 0 };
    this.#groups.set(profile, group);
    group.steps++;
    const share = Math.max(NEWEST, 1 / group.steps);
    group.messages += share * (messages - group.messages);
    group.bytes += share * (bytes - group.bytes);
  }

  /** Undefined before there is enough of them. */
  of(profile: string): PeerRate | undefined {
    const group = this.#groups.get(profile);
    return group && group.steps >= FEWEST ? group : undefined;
  }
}
