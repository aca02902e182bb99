import type { Clock } from "../../core/ports.ts";
import { compareStamps, HybridClock, type Stamp } from "../../core/record/hybrid-clock.ts";
import type {
  CasResult,
  StoreCapabilities,
  StoreChange,
  StoreDriver,
  StoreEntry,
  StoreHealth,
} from "../../core/record/store-driver.ts";
import type { Epoch, Revision } from "../../core/units.ts";
import { ClockWait } from "./clock-wait.ts";
import { EarlyWrite } from "./early-write.ts";
import type { MirrorLink } from "./mirror-link.ts";
import { MirrorOutbox } from "./mirror-outbox.ts";
import { isStamped, readStamped, STAMP_BYTES, withoutStamp, withStamp } from "./stamped-value.ts";

export interface MirrorOptions {
  /** The store on this machine: what it holds is what counts here. */
  readonly local: StoreDriver;
  readonly link: MirrorLink;
  readonly clock: Clock;
  /** 8 characters, another one on each machine. */
  readonly node: string;
  /** Epoch of a value: a later owner's write beats an earlier owner's, whatever the clocks say. */
  readonly epochOf: (key: string, value: Uint8Array) => Epoch;
  /** Throws or rejects for a value from the broker that this store could not have written. */
  readonly accepts?: (key: string, value: Uint8Array | undefined) => Promise<void> | undefined;
  /** Keys of this machine's store alone. */
  readonly isOwn?: (key: string) => boolean;
  readonly onHealth?: (health: StoreHealth) => void;
  /** What came from the broker and can't be taken. */
  readonly onBadMessage?: (error: Error) => void;
}

/** Of a value that was written without a mirror: older than any with one. */
const noStamp = (epoch: Epoch): Stamp => ({ epoch, ms: 0, count: 0, node: "" });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const toEntry = (entry: StoreEntry): StoreEntry | undefined => {
  const value = withoutStamp(entry.value);
  return value && { ...entry, value };
};

/**
 * A local store whose values are mirrored over a broker to the stores of other machines: warm copies, the last
 * writer wins by (epoch, hybrid logical time). Compare-and-set holds on this machine only, so `cas` is not promised.
 */
export class MirroredDriver implements StoreDriver {
  readonly capabilities: StoreCapabilities;
  readonly #options: MirrorOptions;
  readonly #clock: HybridClock;
  readonly #outbox: MirrorOutbox;
  /** Newest version that this process wrote or took, by key: neither its echo nor what follows needs a look into the store. */
  readonly #newest = new Map<string, { readonly stamp: Stamp; readonly revision: Revision }>();
  /** What the broker was last heard to have; it may lose that when it restarts. */
  readonly #onBroker = new Map<string, Stamp>();
  /** Of writes that are published and not on this machine's disk yet. */
  readonly #underWay = new Map<string, Stamp>();
  /** The last message of each key that is being taken: one after the other. */
  readonly #taking = new Map<string, Promise<void>>();
  readonly #clockWait: ClockWait;
  #linkReason = "connecting to the broker";

  constructor(options: MirrorOptions) {
    const { local, link, clock, node } = options;
    const { capabilities } = local;
    this.#options = options;
    this.capabilities = { ...capabilities, cas: false, maxValue: capabilities.maxValue - STAMP_BYTES };
    this.#clock = new HybridClock(clock, node);
    this.#outbox = new MirrorOutbox(local, link);
    this.#clockWait = new ClockWait({
      isDue: (ms) => !this.#clock.isAhead(ms),
      again: () => link.again(),
    });
    link.onMessage((key, bytes) => this.#received(key, bytes));
    link.onUp(() => this.#up());
    link.onDown((reason) => {
      this.#linkReason = reason;
      this.#onBroker.clear();
      this.healthChanged();
    });
  }

  /** Keys whose newest value the broker isn't known to have. */
  get pending(): number {
    return this.#outbox.pending;
  }

  health(): StoreHealth {
    const local = this.#options.local.health();
    if (local.state !== "ready" || this.#options.link.isUp) return local;
    const reason = `mirror: ${this.#linkReason}; the local store goes on`;
    return { state: "degraded", reason, isOnDisk: true };
  }

  /** For whoever is told by the local driver. */
  healthChanged(): void {
    this.#options.onHealth?.(this.health());
  }

  open(): Promise<void> {
    return this.#options.local.open();
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    const entry = await this.#options.local.get(key);
    return entry && toEntry(entry);
  }

  async snapshot(prefix: string): Promise<readonly StoreEntry[]> {
    const entries = await this.#options.local.snapshot(prefix);
    return entries.flatMap((entry) => toEntry(entry) ?? []);
  }

  watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    options?: { readonly sinceRevision?: Revision },
  ): Promise<() => void> {
    const unstamp = (change: StoreChange): void =>
      onChange({ ...change, value: change.value && withoutStamp(change.value) });
    return this.#options.local.watch(prefix, unstamp, options);
  }

  async put(key: string, value: Uint8Array): Promise<Revision> {
    const [stamp, bytes] = this.#stamped(key, value);
    const early = this.#early(key, stamp, bytes);
    const revision = await early.settled(this.#options.local.put(key, bytes, early));
    this.#wrote(key, stamp, revision, early.isOut ? undefined : bytes);
    return revision;
  }

  async cas(key: string, value: Uint8Array, expected: Revision): Promise<CasResult> {
    const [stamp, bytes] = this.#stamped(key, value);
    return this.#cas(key, bytes, stamp, expected);
  }

  async delete(key: string, expected?: Revision): Promise<CasResult> {
    for (;;) {
      const entry = await this.get(key);
      const current = entry?.revision ?? 0;
      if (expected !== undefined && expected !== current) return { ok: false, revision: current };
      if (!entry) return { ok: true, revision: 0 };
      const stamp = this.#clock.stamp(this.#stampOf(entry).epoch);
      const done = await this.#cas(key, withStamp({ stamp, value: undefined }), stamp, current);
      if (done.ok || expected !== undefined) return done;
    }
  }

  async count(): Promise<number> {
    return (await this.#options.local.count?.()) ?? Number.NaN;
  }

  async close(): Promise<void> {
    this.#clockWait.end();
    await this.#options.link.close();
    await Promise.all(this.#taking.values());
    await this.#options.local.close();
  }

  /** A deleted key has a revision below, but counts as absent: 0. */
  async #cas(key: string, bytes: Uint8Array, stamp: Stamp, expected: Revision): Promise<CasResult> {
    const { local } = this.#options;
    for (let below = expected; ; ) {
      const early = this.#early(key, stamp, bytes);
      const result = await early.settled(local.cas(key, bytes, below, early));
      if (result.ok) {
        this.#wrote(key, stamp, result.revision, early.isOut ? undefined : bytes);
        return result;
      }
      const entry = await local.get(key);
      const stands = entry && toEntry(entry);
      if (stands || expected !== 0) return { ok: false, revision: stands?.revision ?? 0 };
      below = entry?.revision ?? 0;
    }
  }

  #stamped(key: string, value: Uint8Array): [Stamp, Uint8Array] {
    const stamp = this.#clock.stamp(this.#options.epochOf(key, value));
    return [stamp, withStamp({ stamp, value })];
  }

  #stampOf({ key, value }: StoreEntry): Stamp {
    return isStamped(value) ? readStamped(value).stamp : noStamp(this.#options.epochOf(key, value));
  }

  /**
   * Published while the disk is at it, not after: whoever hears of it early hears of a write that is not acknowledged
   * yet. This machine takes it back from the broker where it loses power before its disk has it.
   */
  #early(key: string, stamp: Stamp, bytes: Uint8Array): EarlyWrite {
    return new EarlyWrite({
      publish: () => {
        if (!this.#options.link.isUp) return false;
        this.#underWay.set(key, stamp);
        this.#outbox.add(key, bytes);
        return true;
      },
      // The broker has it: it counts here, too, as soon as the disk takes it.
      failed: () => this.#takeInTurn(key, bytes, stamp),
      over: () => {
        if (this.#underWay.get(key) === stamp) this.#underWay.delete(key);
      },
    });
  }

  /** `bytes`: to be published; undefined: they are already. */
  #wrote(key: string, stamp: Stamp, revision: Revision, bytes: Uint8Array | undefined): void {
    this.#newest.set(key, { stamp, revision });
    if (bytes) this.#outbox.add(key, bytes);
  }

  #received(key: string, bytes: Uint8Array): void {
    try {
      const { stamp } = readStamped(bytes);
      this.#onBroker.set(key, stamp);
      const own = [this.#newest.get(key)?.stamp, this.#underWay.get(key)];
      if (own.some((known) => known && compareStamps(stamp, known) === 0)) return;
      if (!this.#clock.see(stamp)) {
        this.#clockWait.add(stamp.ms);
        throw new RangeError(`${key}: the clock of ${stamp.node} is ahead of this machine's`);
      }
      this.#takeInTurn(key, bytes, stamp);
    } catch (error) {
      this.#options.onBadMessage?.(asError(error));
    }
  }

  #takeInTurn(key: string, bytes: Uint8Array, stamp: Stamp): void {
    const before = this.#taking.get(key);
    const taken = (before ? before.then(() => this.#take(key, bytes, stamp)) : this.#take(key, bytes, stamp))
      .catch((error: unknown) => this.#options.onBadMessage?.(asError(error)))
      .then(() => {
        if (this.#taking.get(key) === taken) this.#taking.delete(key);
      });
    this.#taking.set(key, taken);
  }

  async #take(key: string, bytes: Uint8Array, stamp: Stamp): Promise<void> {
    const accepted = this.#options.accepts?.(key, withoutStamp(bytes));
    // Not always a promise: until one goes on, what else has come is handled first.
    if (accepted) await accepted;
    const known = this.#newest.get(key);
    // Mostly nobody on this machine has written since.
    if (!known || compareStamps(stamp, known.stamp) > 0) {
      const { ok, revision } = await this.#copy(key, bytes, known?.revision ?? 0);
      if (ok) {
        this.#newest.set(key, { stamp, revision });
        return;
      }
    }
    while (!(await this.#apply(key, bytes, stamp))) {
      // Somebody on this machine wrote in between: compared with that.
    }
  }

  async #apply(key: string, bytes: Uint8Array, stamp: Stamp): Promise<boolean> {
    const { local } = this.#options;
    const entry = await local.get(key);
    const age = entry ? compareStamps(stamp, this.#stampOf(entry)) : 1;
    // The broker has an older version than this machine: whoever notices puts that right.
    if (age < 0) this.#outbox.add(key);
    if (age <= 0) return true;
    const { ok, revision } = await this.#copy(key, bytes, entry?.revision ?? 0);
    if (ok) this.#newest.set(key, { stamp, revision });
    return ok;
  }

  /** Its writer has it on disk, and the broker gives it again: no need to wait for a disk here, too. */
  #copy(key: string, bytes: Uint8Array, expected: Revision): Promise<CasResult> {
    const { local } = this.#options;
    return local.copy?.(key, bytes, expected) ?? local.cas(key, bytes, expected);
  }

  /** What was written while the broker was away, by whatever process of this machine. */
  #up(): void {
    this.healthChanged();
    this.#offerAll().catch((error: unknown) => this.#options.onBadMessage?.(asError(error)));
  }

  async #offerAll(): Promise<void> {
    // What the broker has is taken first: only what is newer here is published.
    await Promise.all(this.#taking.values());
    const { local, epochOf, isOwn } = this.#options;
    for (const { key, value, revision } of await local.snapshot("")) {
      if (isOwn?.(key)) continue;
      if (isStamped(value)) {
        this.#offer(key, readStamped(value).stamp);
        continue;
      }
      const stamp = this.#clock.stamp(epochOf(key, value));
      const bytes = withStamp({ stamp, value });
      const done = await local.cas(key, bytes, revision);
      if (done.ok) this.#wrote(key, stamp, done.revision, bytes);
    }
    this.#outbox.flush();
  }

  #offer(key: string, stamp: Stamp): void {
    this.#clock.see(stamp);
    // On its way already.
    if (this.#outbox.has(key)) return;
    const known = this.#onBroker.get(key);
    if (!known || compareStamps(stamp, known) > 0) this.#outbox.add(key);
  }
}
