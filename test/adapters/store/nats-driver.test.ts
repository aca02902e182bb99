import assert from "node:assert/strict";
import fc from "fast-check";
import {
  loadNats,
  type NatsApi,
  type NatsEntries,
  type NatsEntry,
} from "../../../src/adapters/store/nats-api.ts";
import type { NatsSettings } from "../../../src/adapters/store/nats-connection.ts";
import { fromNatsKey, NatsDriver, toNatsKey } from "../../../src/adapters/store/nats-driver.ts";
import { isLeaderless, isSafeServer, natsFault } from "../../../src/adapters/store/nats-fault.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { StoreDriver } from "../../../src/core/record/store-driver.ts";
import { hasNats, NatsCluster } from "../../support/nats-cluster.ts";
import { itIsAStoreDriver } from "./driver-conformance.ts";

const settings = { servers: ["nats://127.0.0.1:1"], bucket: "sessions", replicas: 3 as const };
const named = (name: string, message: string, code?: number): Error =>
  Object.assign(new Error(message), { name, ...(code === undefined ? undefined : { code }) });

describe("NATS keys", () => {
  it("are what NATS takes, and give any key back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 200 }), (key) => {
        const text = toNatsKey(key);
        assert.match(text, /^[-/=\w]+$/);
        assert.equal(fromNatsKey(text), key);
      }),
    );
  });

  it("are refused where a server would drop the connection for them", () => {
    for (const key of ["", "é".repeat(1500), "\ud800"])
      assert.throws(() => toNatsKey(key), { code: "BAD_VALUE" }, key);
  });
});

describe("NATS failures", () => {
  it("leave the fate of a write open only where it may have been done", () => {
    const cases = [
      [named("TimeoutError", "timeout"), true, "INDETERMINATE"],
      [named("ClosedConnectionError", "closed connection"), true, "INDETERMINATE"],
      [named("TimeoutError", "timeout"), false, "STORE_UNAVAILABLE"],
      [named("JetStreamNotEnabled", "jetstream is not enabled"), true, "STORE_UNAVAILABLE"],
      [named("JetStreamApiError", "insufficient resources", 10023), true, "STORE_UNAVAILABLE"],
      [named("JetStreamApiError", "message size exceeds maximum allowed", 10054), true, "VALUE_TOO_LARGE"],
    ] as const;
    for (const [error, isWrite, code] of cases)
      assert.equal(natsFault(error, isWrite).code, code, error.message);
  });

  it("are tried again where nobody has taken the request", () => {
    assert.ok(isLeaderless(named("JetStreamApiError", "no suitable peers for placement", 10005)));
    assert.ok(isLeaderless(named("JetStreamApiError", "JetStream system temporarily unavailable", 10008)));
    assert.ok(!isLeaderless(named("TimeoutError", "timeout")));
  });

  it("know the servers that lose acknowledged writes", () => {
    const safe = ["2.10.27", "2.10.27-RC.1", "2.11.0", "3.0.0"];
    const lossy = ["2.9.10", "2.10.26", "1.99.99", "", "rubbish"];
    assert.deepEqual([...safe, ...lossy].filter(isSafeServer), safe);
  });
});

describe("NatsDriver, without a cluster", () => {
  it("names the command that installs its client", async () => {
    const load = (): Promise<NatsApi> => loadNats(() => Promise.reject(new Error("not found")));
    const driver = new NatsDriver({ ...settings, load });
    await assert.rejects(
      () => driver.get("a"),
      /npm install @nats-io\/transport-node @nats-io\/jetstream @nats-io\/kv/,
    );
    assert.equal(driver.health().state, "degraded");
  });

  const apiOf = (version: string, bucket: object): NatsApi => ({
    connect: async () => ({
      info: { version, max_payload: 1e6 },
      status: async function* () {},
      close: async () => undefined,
      isClosed: () => false,
    }),
    credsAuthenticator: () => undefined,
    jetstream: () => undefined,
    Kvm: class {
      async create(): Promise<never> {
        return bucket as never;
      }
    },
  });

  it("refuses a server that loses acknowledged writes of several replicas, and says why", async () => {
    const driver = new NatsDriver({ ...settings, load: async () => apiOf("2.9.10", {}) });
    await assert.rejects(() => driver.open(), {
      code: "BAD_CONFIG",
      message: "NATS server 2.9.10 loses acknowledged writes of 3 replicas: use 2.10.27 or later",
    });
    await new NatsDriver({ ...settings, replicas: 1, load: async () => apiOf("2.9.10", {}) }).open();
  });

  it("asks again while a leader is elected, but not where the fate is open", async () => {
    const answers: (Error | number)[] = [
      named("JetStreamNotEnabled", "no responders"),
      7,
      named("TimeoutError", "timeout"),
      8,
    ];
    const put = async (): Promise<number> => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? 0;
    };
    const driver = new NatsDriver({ ...settings, load: async () => apiOf("2.10.27", { put }) });
    assert.equal(await driver.put("a", new Uint8Array(1)), 7);
    await assert.rejects(
      () => driver.cas("a", new Uint8Array(1), 7),
      (error: unknown) => error instanceof StitchError && error.code === "INDETERMINATE",
    );
  });

  it("is degraded while what it is asked fails, though it is connected, and says why", async () => {
    const answers: (Error | number)[] = [
      named("TimeoutError", "timeout"),
      named("JetStreamApiError", "message size exceeds maximum allowed", 10054),
      7,
      named("JetStreamApiError", "message size exceeds maximum allowed", 10054),
      named("JetStreamApiError", "stream not found", 10059),
    ];
    const put = async (): Promise<number> => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? 0;
    };
    const heard: string[] = [];
    const driver = new NatsDriver({
      ...settings,
      load: async () => apiOf("2.10.27", { put }),
      onHealth: ({ state, reason = "" }) => heard.push(`${state} ${reason}`.trim()),
    });
    while (answers.length > 0) await driver.put("a", new Uint8Array(1)).catch(() => undefined);
    assert.deepEqual(heard, [
      "ready",
      "degraded NATS store: timeout",
      "ready",
      "degraded NATS store: stream not found",
    ]);
  });
});

describe("NatsDriver, whose list a replica serves that may be behind", () => {
  const entriesOf = (keys: readonly string[]): NatsEntries => {
    let isStopped = false;
    const entries = keys.map((key, i) => ({
      key,
      value: new Uint8Array(0),
      revision: i + 1,
      operation: "PUT" as const,
    }));
    async function* send(): AsyncGenerator<NatsEntry> {
      for (const entry of entries) yield entry;
      // It is not its end yet, and nothing follows.
      while (keys.includes("silent") && !isStopped) await new Promise(setImmediate);
    }
    return Object.assign(send(), { stop: () => (isStopped = true) });
  };
  /** Answers with the lists one after the other; `barrier`: revision of the write that precedes them. */
  function driverOf(barrier: number, lists: readonly (readonly string[])[], timeoutMs = 1000): NatsDriver {
    const left = [...lists];
    const bucket = {
      put: async () => barrier,
      history: async () => entriesOf(left.length > 1 ? (left.shift() ?? []) : (left[0] ?? [])),
    };
    const load = async (): Promise<NatsApi> => ({
      connect: async () => ({
        info: { version: "2.10.27", max_payload: 1e6 },
        status: async function* () {},
        close: async () => undefined,
        isClosed: () => false,
      }),
      credsAuthenticator: () => undefined,
      jetstream: () => undefined,
      Kvm: class {
        async create(): Promise<never> {
          return bucket as never;
        }
      },
    });
    return new NatsDriver({ ...settings, timeoutMs, load });
  }
  const keysOf = async (driver: NatsDriver): Promise<string[]> =>
    (await driver.snapshot("")).map(({ key }) => key);

  it("asks again until the list holds a write that it has just made", async () => {
    const driver = driverOf(3, [["a"], ["a", "b"], ["a", "b", "=barrier"]]);
    assert.deepEqual(await keysOf(driver), ["a", "b"]);
  });

  it("asks again where a list stops half-way", async () => {
    const driver = driverOf(
      3,
      [
        ["a", "silent"],
        ["a", "b", "c"],
      ],
      2000,
    );
    assert.deepEqual(await keysOf(driver), ["a", "b", "c"]);
  });

  it("gives no list rather than one that lacks something", async () => {
    await assert.rejects(() => keysOf(driverOf(3, [["a"]], 100)), {
      code: "STORE_UNAVAILABLE",
      message: "NATS store: a replica is behind the others",
    });
  });
});

const numberIn = (bytes: Uint8Array | undefined): number => Number(Buffer.from(bytes ?? []).toString());

/** Servers that have just started elect their leader first. */
async function opened(options: NatsSettings): Promise<NatsDriver> {
  const driver = new NatsDriver(options);
  for (let tries = 0; ; tries++)
    try {
      await driver.open();
      return driver;
    } catch (error) {
      if (tries > 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
}

/** Increments a counter until it is stopped; tells how often that was acknowledged, or of unknown fate. */
class Counting {
  acknowledged = 0;
  open = 0;
  readonly #driver: StoreDriver;
  readonly #done: Promise<void>;
  #isOver = false;

  constructor(driver: StoreDriver) {
    this.#driver = driver;
    this.#done = this.#count();
  }

  async acknowledges(more: number): Promise<void> {
    const wanted = this.acknowledged + more;
    while (this.acknowledged < wanted) await this.#increment.last;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  readonly #increment: { last: Promise<unknown> } = { last: Promise.resolve() };

  async #count(): Promise<void> {
    while (!this.#isOver) {
      this.#increment.last = this.#once().catch(() => undefined);
      await this.#increment.last;
    }
  }

  async #once(): Promise<void> {
    const entry = await this.#driver.get("n");
    const next = Buffer.from(String(numberIn(entry?.value) + 1));
    try {
      if ((await this.#driver.cas("n", next, entry?.revision ?? 0)).ok) this.acknowledged++;
    } catch {
      this.open++;
    }
  }
}

describe("NatsDriver on 3 nats-servers that are killed", () => {
  const cluster = new NatsCluster(3);
  before(async function () {
    if (!(await hasNats())) this.skip();
    this.timeout(30_000);
    await cluster.start();
  });
  after(() => cluster.stop());

  it("loses no acknowledged increment when its servers are killed, one after the other", async function () {
    // An election may take 10 s.
    this.timeout(240_000);
    const driver = await opened({ servers: cluster.servers, bucket: "kills", replicas: 3 });
    const counting = new Counting(driver);
    for (const index of [0, 1, 2]) {
      await counting.acknowledges(20);
      await cluster.kill(index);
      await counting.acknowledges(20);
      await cluster.startOne(index);
      // A server that is back catches up before the next one goes.
      await counting.acknowledges(300);
    }
    await counting.stop();
    const { acknowledged, open } = counting;
    const final = numberIn((await driver.get("n"))?.value);
    await driver.close();
    assert.ok(acknowledged <= final, `${final} < ${acknowledged} acknowledged`);
    assert.ok(final <= acknowledged + open, `${final} > ${acknowledged} + ${open} of unknown fate`);
  });
});

for (const [size, replicas] of [
  [1, 1],
  [3, 3],
] as const)
  describe(`NatsDriver on ${size} nats-server${size > 1 ? "s" : ""}`, function () {
    this.timeout(30_000);
    const cluster = new NatsCluster(size);
    const drivers: StoreDriver[] = [];
    let buckets = 0;

    before(async function () {
      if (!(await hasNats())) this.skip();
      await cluster.start();
    });
    after(() => cluster.stop());

    async function connect(bucket: string): Promise<NatsDriver> {
      const driver = await opened({ servers: cluster.servers, bucket, replicas });
      drivers.push(driver);
      return driver;
    }

    describe("is a driver", () =>
      itIsAStoreDriver(async () => {
        const bucket = `b${buckets++}`;
        return {
          connect: () => connect(bucket),
          end: async () => {
            await Promise.all(drivers.splice(0).map((driver) => driver.close()));
          },
        };
      }));
  });
