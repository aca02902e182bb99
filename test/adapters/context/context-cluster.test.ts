import assert from "node:assert/strict";
import type { AtomicContext } from "../../../src/adapters/context/atomic-updates.ts";
import type { ContextStore } from "../../../src/adapters/context/context-store.ts";
import { createStore } from "../../../src/adapters/context/index.ts";
import { type Broker, startBroker } from "../../../src/demo/broker.ts";
import { hasNats, NatsCluster } from "../../support/nats-cluster.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../../support/turns.ts";

describe("context store of two machines", function () {
  this.timeout(30_000);
  let folder: TemporaryFolder;
  let stores: ContextStore[];
  beforeEach(() => {
    folder = temporaryFolder();
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    folder.remove();
  });

  async function open(name: string, config: object): Promise<ContextStore> {
    const store = createStore({ ...config, dir: folder.file(name), instance: name });
    stores.push(store);
    await store.open();
    return store;
  }
  const set = (store: ContextStore, key: string, value: unknown): Promise<Error | undefined> =>
    new Promise((resolve) => store.set("global", key, value, resolve));

  describe("mirrored over MQTT", () => {
    let broker: Broker;
    beforeEach(async () => {
      broker = await startBroker();
    });
    afterEach(() => broker.close());

    it("has one state, also of what was set before the other came", async () => {
      const config = { engine: "mqtt", broker: broker.url };
      const left = await open("left", config);
      await set(left, "before", Buffer.from("x"));
      const right = await open("right", config);
      await until(() => right.get("global", "before") !== undefined);
      assert.deepEqual(right.get("global", "before"), Buffer.from("x"));
      await set(right, "n.m", 1);
      await until(() => left.get("global", "n.m") === 1);
      await set(left, "n", undefined);
      await until(() => right.get("global", "n") === undefined);
    });
  });

  describe("in a NATS cluster", () => {
    const cluster = new NatsCluster(1);
    before(async function () {
      if (!(await hasNats())) this.skip();
      await cluster.start();
    });
    after(() => cluster.stop());
    const config = (): object => ({ engine: "nats", servers: cluster.servers.join(","), bucket: "context" });

    it("has one state, and loses no increment", async () => {
      const [left, right] = [await open("left", config()), await open("right", config())];
      await set(left, "state", { list: [1, new Date(5)] });
      await until(() => right.get("global", "state") !== undefined);
      assert.deepEqual(right.get("global", "state.list"), [1, new Date(5)]);
      const atomics = [left, right].map((store) => store.get("global", "$atomic") as AtomicContext);
      await Promise.all(atomics.flatMap((atomic) => [1, 2, 3].map(() => atomic.increment("n"))));
      await until(() => left.get("global", "n") === 6 && right.get("global", "n") === 6);
    });

    it("starts while the cluster is away, and catches up", async () => {
      await cluster.kill(0);
      const store = await open("left", config());
      store.set("global", "early", 1);
      assert.equal(store.get("global", "early"), 1);
      await cluster.startOne(0);
      await until(() => store.pending === 0 && store.get("global", "n") === 6);
      const other = await open("right", config());
      assert.equal(other.get("global", "early"), 1);
    });
  });
});
