import { quote, StitchError } from "../../core/errors.ts";
import type {
  CasResult,
  StoreCapabilities,
  StoreChange,
  StoreDriver,
  StoreEntry,
  StoreHealth,
} from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import type { NatsApi, NatsBucket, NatsEntries, NatsEntry } from "./nats-api.ts";
import { NATS_TIMEOUT_MS, NatsLink, type NatsSettings } from "./nats-connection.ts";
import { isConflict, isLeaderless, natsFault } from "./nats-fault.ts";

export interface NatsOptions extends NatsSettings {
  readonly onHealth?: (health: StoreHealth) => void;
  /** How the client packages are loaded. */
  readonly load?: () => Promise<NatsApi>;
}

/** A server takes 1 MiB per message by default, headers and subject included. */
const MAX_VALUE_BYTES = 1_000_000;
/** A server's default limit for a line of its protocol is 4,096 bytes. */
const MAX_KEY_CHARS = 3500;
/** No key of ours: their `=` is followed by two hexadecimal digits. */
const BARRIER = "=barrier";
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 1000;

/** NATS takes few characters in a key: any other byte is `=` and its two hexadecimal digits. */
export function toNatsKey(key: string): string {
  const bytes = Buffer.from(key);
  let text = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text += /[\w/-]/.test(char) ? char : `=${byte.toString(16).padStart(2, "0")}`;
  }
  if (key === "" || text.length > MAX_KEY_CHARS || /\p{Surrogate}/u.test(key))
    throw new StitchError(
      "BAD_VALUE",
      `key must be 1 to ${MAX_KEY_CHARS} characters as NATS takes it, got ${quote(key)}`,
    );
  return text;
}

export function fromNatsKey(text: string): string {
  const bytes = text.replaceAll(/=([0-9a-f]{2})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, "latin1").toString();
}

const toChange = ({ key, value, revision, operation }: NatsEntry): StoreChange => ({
  key: fromNatsKey(key),
  value: operation === "PUT" ? value : undefined,
  revision,
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Key-value store of a NATS JetStream cluster. Acknowledged = a quorum of the replicas has it. */
export class NatsDriver implements StoreDriver {
  readonly capabilities: StoreCapabilities = {
    cas: true,
    ack: "quorum",
    resumeFeed: true,
    maxValue: MAX_VALUE_BYTES,
  };
  readonly #link: NatsLink;
  readonly #timeoutMs: number;
  readonly #onHealth: (health: StoreHealth) => void;
  readonly #feeds = new Set<NatsEntries>();
  #health: StoreHealth = { state: "opening" };
  /** The connection stands, but what is asked over it fails: as where the bucket was removed, or no leader is found. */
  #isFailing = false;

  constructor({ onHealth, load, ...settings }: NatsOptions) {
    this.#onHealth = onHealth ?? (() => undefined);
    this.#timeoutMs = settings.timeoutMs ?? NATS_TIMEOUT_MS;
    this.#link = new NatsLink(settings, (health) => this.#setHealth(health), load);
  }

  health(): StoreHealth {
    return this.#health;
  }

  async open(): Promise<void> {
    await this.#link.bucket();
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    const entry = await this.#read((bucket) => bucket.get(toNatsKey(key)));
    return entry?.operation === "PUT" ? { key, value: entry.value, revision: entry.revision } : undefined;
  }

  async snapshot(prefix: string): Promise<readonly StoreEntry[]> {
    const found = await this.#complete(prefix);
    // A key that changes meanwhile may come twice.
    const last = new Map(found.map((entry) => [entry.key, entry]));
    return [...last.values()].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  async watch(
    prefix: string,
    onChange: (change: StoreChange) => void,
    { sinceRevision }: { readonly sinceRevision?: Revision } = {},
  ): Promise<() => void> {
    const from = sinceRevision === undefined ? {} : { resumeFromRevision: sinceRevision + 1 };
    const feed = await this.#read((bucket) => bucket.watch({ include: "updates", ...from }));
    this.#feeds.add(feed);
    void this.#follow(feed, prefix, onChange);
    return () => this.#end(feed);
  }

  async put(key: string, value: Uint8Array): Promise<Revision> {
    const natsKey = this.#checked(key, value);
    return this.#write((bucket) => bucket.put(natsKey, value));
  }

  async cas(key: string, value: Uint8Array, expected: Revision): Promise<CasResult> {
    const natsKey = this.#checked(key, value);
    for (let below = expected; ; ) {
      const revision = await this.#unlessConflict((bucket) =>
        bucket.put(natsKey, value, { previousSeq: below }),
      );
      if (revision !== undefined) return { ok: true, revision };
      const stands = await this.#read((bucket) => bucket.get(natsKey));
      // A deleted key leaves a mark with a revision of its own, but counts as absent.
      if (stands?.operation === "PUT") return { ok: false, revision: stands.revision };
      if (expected !== 0) return { ok: false, revision: 0 };
      below = stands?.revision ?? 0;
    }
  }

  async delete(key: string, expected?: Revision): Promise<CasResult> {
    const natsKey = toNatsKey(key);
    for (;;) {
      const stands = await this.get(key);
      const current = stands?.revision ?? 0;
      if (expected !== undefined && expected !== current) return { ok: false, revision: current };
      if (!stands) return { ok: true, revision: 0 };
      const done = await this.#unlessConflict(async (bucket) => {
        await bucket.delete(natsKey, { previousSeq: current });
        return true;
      });
      if (!done) continue;
      const mark = await this.#read((bucket) => bucket.get(natsKey));
      return { ok: true, revision: mark?.revision ?? current + 1 };
    }
  }

  async count(): Promise<number> {
    return (await this.#read((bucket) => bucket.status())).values;
  }

  async close(): Promise<void> {
    this.#setHealth({ state: "closed" });
    for (const feed of this.#feeds) this.#end(feed);
    await this.#link.close();
  }

  #checked(key: string, value: Uint8Array): string {
    if (value.byteLength > MAX_VALUE_BYTES)
      throw new StitchError(
        "VALUE_TOO_LARGE",
        `value must be at most ${MAX_VALUE_BYTES} bytes, got ${value.byteLength}`,
      );
    return toNatsKey(key);
  }

  /**
   * Any replica may serve the list, also one that was stopped and has not caught up: then it is asked for again, until it
   * holds a write that we have just made. Where the stream ends can't be asked for instead: a leader that was stopped
   * answers for a while as if it still led, but only the one that leads has a write acknowledged by most replicas.
   */
  async #complete(prefix: string): Promise<StoreEntry[]> {
    const barrier = await this.#read((bucket) => bucket.put(BARRIER, new Uint8Array(0)));
    const deadline = performance.now() + this.#timeoutMs;
    for (;;) {
      const { entries, newest } = await this.#list(prefix);
      if (newest >= barrier) return entries;
      if (performance.now() > deadline)
        throw new StitchError("STORE_UNAVAILABLE", "NATS store: a replica is behind the others");
      await pause(BACKOFF_MS);
    }
  }

  /** What one replica holds; where it stops sending, what came until then. */
  async #list(prefix: string): Promise<{ readonly entries: StoreEntry[]; readonly newest: Revision }> {
    const feed = await this.#read((bucket) => bucket.history());
    const silence = setTimeout(() => feed.stop(), this.#timeoutMs / 2);
    const entries: StoreEntry[] = [];
    let newest = 0;
    for await (const entry of feed) {
      silence.refresh();
      newest = Math.max(newest, entry.revision);
      if (entry.key === BARRIER) continue;
      const { key, value, revision } = toChange(entry);
      if (value && key.startsWith(prefix)) entries.push({ key, value, revision });
    }
    clearTimeout(silence);
    return { entries, newest };
  }

  #read<Result>(ask: (bucket: NatsBucket) => Promise<Result>): Promise<Result> {
    return this.#ask(ask, false);
  }

  #write<Result>(ask: (bucket: NatsBucket) => Promise<Result>): Promise<Result> {
    return this.#ask(ask, true);
  }

  async #unlessConflict<Result>(ask: (bucket: NatsBucket) => Promise<Result>): Promise<Result | undefined> {
    try {
      return await this.#write(ask);
    } catch (error) {
      if (error instanceof StitchError && isConflict(error.cause)) return undefined;
      throw error;
    }
  }

  /** While a leader is elected requests fail fast, undone: they are asked again, at growing distances. */
  async #ask<Result>(ask: (bucket: NatsBucket) => Promise<Result>, isWrite: boolean): Promise<Result> {
    const bucket = await this.#link.bucket();
    const deadline = performance.now() + this.#timeoutMs;
    for (let waitMs = BACKOFF_MS; ; waitMs = Math.min(BACKOFF_MAX_MS, waitMs * 2)) {
      try {
        const result = await ask(bucket);
        if (this.#isFailing) this.#setHealth({ state: "ready" });
        return result;
      } catch (error) {
        if (!isLeaderless(error) || performance.now() + waitMs > deadline)
          throw this.#failed(natsFault(error, isWrite));
        await pause(waitMs);
      }
    }
  }

  /** What is wrong with one value says nothing of the store. */
  #failed(fault: StitchError): StitchError {
    const isAnswer = fault.code === "VALUE_TOO_LARGE" || isConflict(fault.cause);
    if (isAnswer || this.#health.state !== "ready") return fault;
    this.#setHealth({ state: "degraded", reason: fault.message });
    this.#isFailing = true;
    return fault;
  }

  async #follow(feed: NatsEntries, prefix: string, onChange: (change: StoreChange) => void): Promise<void> {
    for await (const entry of feed) {
      if (!this.#feeds.has(feed)) return;
      if (entry.key === BARRIER) continue;
      const change = toChange(entry);
      if (change.key.startsWith(prefix)) onChange(change);
    }
  }

  #end(feed: NatsEntries): void {
    if (this.#feeds.delete(feed)) feed.stop();
  }

  #setHealth(health: StoreHealth): void {
    if (this.#health.state === "closed") return;
    this.#isFailing = false;
    this.#health = health;
    this.#onHealth(health);
  }
}
