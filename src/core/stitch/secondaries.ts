import type { Millis } from "../ports.ts";
import type { Epoch, HostId, Seq } from "../units.ts";

/**
 * How far a slot's record is. Not its revision: two machines whose stores mirror each other count revisions each for
 * itself.
 */
export interface RecordPosition {
  readonly epoch: Epoch;
  readonly seq: Seq;
}

const isBehind = (a: RecordPosition, b: RecordPosition): boolean =>
  a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);

interface Secondary {
  /** Where the record was when the secondary was asked last. */
  asked: RecordPosition | undefined;
  /** When it last answered that its replica is there, or further. */
  ackedAtMs: Millis | undefined;
  isAnnounced: boolean;
}

/** The hosts that mirror one slot, and how fresh each replica is. */
export class Secondaries {
  readonly #byHost = new Map<HostId, Secondary>();

  get size(): number {
    return this.#byHost.size;
  }

  hosts(): HostId[] {
    return [...this.#byHost.keys()];
  }

  /** false: it was one already. */
  add(host: HostId): boolean {
    if (this.#byHost.has(host)) return false;
    this.#byHost.set(host, { asked: undefined, ackedAtMs: undefined, isAnnounced: false });
    return true;
  }

  delete(host: HostId): void {
    this.#byHost.delete(host);
  }

  /** Lost what it held in memory, or cannot be reached. */
  cool(host: HostId): void {
    const secondary = this.#byHost.get(host);
    if (secondary) Object.assign(secondary, { asked: undefined, ackedAtMs: undefined, isAnnounced: false });
  }

  /** Whom to send the minimal stream, for a record that is there. */
  ask(position: RecordPosition): HostId[] {
    for (const secondary of this.#byHost.values()) secondary.asked = position;
    return this.hosts();
  }

  /** true: it has just become warm. */
  acked(host: HostId, replica: RecordPosition, nowMs: Millis): boolean {
    const secondary = this.#byHost.get(host);
    if (secondary?.asked === undefined || isBehind(replica, secondary.asked)) return false;
    secondary.ackedAtMs = nowMs;
    const isNews = !secondary.isAnnounced;
    secondary.isAnnounced = true;
    return isNews;
  }

  isFresh(host: HostId, sinceMs: Millis): boolean {
    const ackedAtMs = this.#byHost.get(host)?.ackedAtMs;
    return ackedAtMs !== undefined && ackedAtMs >= sinceMs;
  }
}
