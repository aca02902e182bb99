import { loadNats } from "../../src/adapters/store/nats-api.ts";
import { NatsDriver } from "../../src/adapters/store/nats-driver.ts";

export interface LoadReport {
  /** Entries whose write was acknowledged; of these, the ones that are not in the store. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Acknowledged entries that a list of all lacks. */
  readonly unlisted: number;
  /** Increments of one counter that were acknowledged, that may have been done, and its final value. */
  readonly counted: number;
  readonly open: number;
  readonly counter: number;
  /** Changes with a revision that was not above the one before, as a watcher was told. */
  readonly backwards: number;
}

const BUCKET = "faults";
const COUNTER = "counter";
const WRITERS = 4;
const OPEN_TRIES = 100;
const OPEN_RETRY_MS = 200;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const numberIn = (bytes: Uint8Array = new Uint8Array(0)): number => Number(Buffer.from(bytes).toString());

/** What is asked of the server about the bucket's stream. */
interface StreamAdmin {
  streams: { info(name: string): Promise<{ readonly cluster?: { readonly leader?: string } }> };
}
type WithAdmin = Awaited<ReturnType<typeof loadNats>> & {
  jetstreamManager(connection: unknown): Promise<StreamAdmin>;
};

/** Writers, a counter and a watcher on a NATS bucket of three replicas, until it is ended. */
export class ClusterLoad {
  readonly #driver: NatsDriver;
  readonly #servers: readonly string[];
  readonly #keys: string[] = [];
  readonly #running: Promise<unknown>;
  #counted = 0;
  #open = 0;
  #backwards = 0;
  #last = 0;
  #isOver = false;

  private constructor(driver: NatsDriver, servers: readonly string[]) {
    this.#driver = driver;
    this.#servers = servers;
    const writers = Array.from({ length: WRITERS }, (_, i) => this.#write(i));
    this.#running = Promise.all([...writers, this.#count()]);
  }

  /** Servers that have just started elect their leader first. */
  static async start(servers: readonly string[]): Promise<ClusterLoad> {
    const driver = new NatsDriver({ servers, bucket: BUCKET, replicas: 3 });
    for (let tries = 0; ; tries++)
      try {
        await driver.open();
        break;
      } catch (error) {
        if (tries >= OPEN_TRIES) throw error;
        await pause(OPEN_RETRY_MS);
      }
    const load = new ClusterLoad(driver, servers);
    await driver.watch("", ({ revision }) => load.#seen(revision));
    return load;
  }

  /** Resolves when so many more entries and one increment are acknowledged. */
  async acknowledges(more: number): Promise<void> {
    const [wanted, counted] = [this.#keys.length + more, this.#counted + 1];
    while (this.#keys.length < wanted || this.#counted < counted) await pause(10);
  }

  /** Number of the server that leads the bucket's stream. */
  async leader(): Promise<number> {
    for (;;) {
      const name = await this.#leaderName().catch(() => undefined);
      // The servers are n0, n1 and n2.
      if (name) return Number(name.slice(1));
      await pause(OPEN_RETRY_MS);
    }
  }

  async end(): Promise<LoadReport> {
    this.#isOver = true;
    await this.#running;
    const listed = new Set((await this.#driver.snapshot("")).map(({ key }) => key));
    const unlisted = this.#keys.filter((key) => !listed.has(key));
    // The leader tells what is lost from what is only not listed.
    const lost = await Promise.all(unlisted.map(async (key) => !(await this.#driver.get(key))));
    const counter = numberIn((await this.#driver.get(COUNTER))?.value);
    return {
      acknowledged: this.#keys.length,
      unlisted: unlisted.length,
      lost: lost.filter(Boolean).length,
      counted: this.#counted,
      open: this.#open,
      counter,
      backwards: this.#backwards,
    };
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#driver.close();
  }

  async #leaderName(): Promise<string | undefined> {
    const nats = (await loadNats()) as WithAdmin;
    const connection = await nats.connect({
      servers: this.#servers,
      name: "faults",
      pingInterval: 1000,
      maxPingOut: 2,
      maxReconnectAttempts: 0,
      reconnectTimeWait: OPEN_RETRY_MS,
      timeout: 2000,
    });
    try {
      const admin = await nats.jetstreamManager(connection);
      return (await admin.streams.info(`KV_${BUCKET}`)).cluster?.leader;
    } finally {
      await connection.close();
    }
  }

  async #write(writer: number): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const key = `w${writer}/${n}`;
      const isAcknowledged = await this.#driver.put(key, Buffer.from(String(n))).then(
        () => true,
        () => false,
      );
      if (isAcknowledged) this.#keys.push(key);
      else await pause(10);
    }
  }

  async #count(): Promise<void> {
    while (!this.#isOver) {
      const entry = await this.#driver.get(COUNTER).catch(() => "away" as const);
      if (entry === "away") {
        await pause(10);
        continue;
      }
      const next = Buffer.from(String(numberIn(entry?.value) + 1));
      await this.#driver.cas(COUNTER, next, entry?.revision ?? 0).then(
        ({ ok }) => {
          if (ok) this.#counted++;
        },
        () => this.#open++,
      );
    }
  }

  #seen(revision: number): void {
    if (revision <= this.#last) this.#backwards++;
    this.#last = revision;
  }
}
