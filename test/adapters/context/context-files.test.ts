import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ContextStore } from "../../../src/adapters/context/context-store.ts";
import { type ContextConfig, createStore } from "../../../src/adapters/context/index.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const asked = (ask: (callback: (...given: unknown[]) => void) => void): Promise<unknown[]> =>
  new Promise((resolve) => ask((...given) => resolve(given)));

/** What the specs of localfilesystem check of its options and its files, as far as a shared store has them. */
describe("context store in localfilesystem's place", () => {
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

  async function open(config: ContextConfig = {}): Promise<ContextStore> {
    const store = createStore({ dir: folder.path, ...config });
    stores.push(store);
    await store.open();
    return store;
  }
  function file(path: string, text: string): void {
    mkdirSync(dirname(folder.file(path)), { recursive: true });
    writeFileSync(folder.file(path), text);
  }
  const get = (store: ContextStore, scope: string, key: string): Promise<unknown[]> =>
    asked((callback) => store.get(scope, key, callback));
  const set = (store: ContextStore, scope: string, key: string, value: unknown): Promise<unknown[]> =>
    asked((callback) => store.set(scope, key, value, callback));

  it("takes its values over, once, and leaves its files alone", async () => {
    file("context/global/global.json", '{ "key": "global", "list": [1, { "a": null }] }');
    file("context/flow/flow.json", '{ "key": "flow" }');
    file("context/flow/node.json", '{ "key": "node" }');
    file("context/flow/node.json.123.tmp", "{");
    const first = await open();
    assert.deepEqual(first.get("global", ["key", "list[1]"]), ["global", { a: null }]);
    assert.equal(first.get("flow", "key"), "flow");
    assert.equal(first.get("node:flow", "key"), "node");
    await set(first, "flow", "key", undefined);
    await set(first, "global", "key", "newer");
    await first.close();
    const again = await open();
    assert.equal(again.get("flow", "key"), undefined);
    assert.equal(again.get("global", "key"), "newer");
    assert.ok(existsSync(folder.file("context/flow/flow.json")));
  });

  it("takes over nothing unless its dir or base is named: it may be in use beside", async () => {
    file("context/global/global.json", '{ "key": "global" }');
    const store = createStore({ settings: { userDir: folder.path } });
    stores.push(store);
    await store.open();
    assert.equal(store.get("global", "key"), undefined);
  });

  it("cleans what it has taken over, as its own", async () => {
    file("context/flowA/flow.json", '{ "key": "A" }');
    file("context/flowB/flow.json", '{ "key": "B" }');
    const store = await open();
    await store.clean(["flowA"]);
    assert.deepEqual([store.get("flowA", "key"), store.get("flowB", "key")], ["A", undefined]);
  });

  it("opens in spite of a file that is damaged, and takes the others", async () => {
    file("context/nodeX/flow.json", "{abc");
    file("context/nodeY/flow.json", "");
    file("context/nodeZ/flow.json", '{ "key": 1 }');
    const store = await open();
    assert.equal(store.get("nodeZ", "key"), 1);
    assert.equal(store.get("nodeX", "key"), undefined);
  });

  it("answers the error of a damaged file without a cache, as long as it is there", async () => {
    const store = await open({ cache: false });
    file("context/nodeX/flow.json", "{abc");
    file("context/nodeY/flow.json", "");
    const [error] = await get(store, "nodeX", "foo");
    assert.match(String(error), /STORE_CORRUPT|context file ".*flow\.json" can't be read/);
    assert.deepEqual(await get(store, "nodeY", "foo"), [undefined, undefined]);
    await set(store, "nodeY", "foo", "test");
    assert.deepEqual(await get(store, "nodeY", "foo"), [undefined, "test"]);
    rmSync(folder.file("context/nodeX/flow.json"));
    assert.deepEqual(await get(store, "nodeX", "foo"), [undefined, undefined]);
  });

  it("looks for no file outside its folder", async () => {
    file("secret.json", '{ "key": "theirs" }');
    const store = await open({ cache: false });
    for (const scope of ["../secret", "../secret:flow", "a:../..", ".:.", "/etc"])
      assert.deepEqual(await get(store, scope, "key"), [undefined, undefined], scope);
  });

  it("keeps stores of another base apart", async () => {
    const [one, other] = [await open({ cache: false }), await open({ base: "contexts2", cache: false })];
    await set(other, "node2", "foo2", "bar2");
    assert.deepEqual(await get(other, "node2", "foo2"), [undefined, "bar2"]);
    assert.deepEqual(await get(one, "node2", "foo2"), [undefined, undefined]);
    assert.ok(readdirSync(folder.file("contexts2")).includes("session-store.sqlite"));
  });

  it("leaves nothing behind where it is given no place", async () => {
    const store = createStore();
    await store.open();
    await set(store, "global", "foo", 1);
    await store.close();
    assert.ok(!existsSync("session-store.sqlite"));
    const another = createStore();
    stores.push(another);
    await another.open();
    assert.equal(another.get("global", "foo"), undefined);
  });
});
