import assert from "node:assert/strict";
import vm from "node:vm";
import type { ContextStore } from "../../../src/adapters/context/context-store.ts";
import { createStore } from "../../../src/adapters/context/index.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

/** What a callback was given, from the error on. */
const asked = (ask: (callback: (...given: unknown[]) => void) => void): Promise<unknown[]> =>
  new Promise((resolve) => ask((...given) => resolve(given)));

/**
 * The context store API as Node-RED's flows use it: each behaviour that the specs of its memory and
 * localfilesystem stores check.
 */
describe("context store API", () => {
  let folder: TemporaryFolder;
  let context: ContextStore;
  const open = async (): Promise<void> => {
    context = createStore({ settings: { userDir: folder.path } });
    await context.open();
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    await open();
  });
  afterEach(async () => {
    await context.close();
    folder.remove();
  });

  const set = async (scope: string, key: string | string[], value: unknown): Promise<unknown> =>
    (await asked((callback) => context.set(scope, key, value, callback)))[0];
  const get = (scope: string, key: string | string[]): Promise<unknown[]> =>
    asked((callback) => context.get(scope, key, callback));

  describe("get and set, synchronously", () => {
    it("store a property", () => {
      assert.equal(context.get("nodeX", "foo"), undefined);
      context.set("nodeX", "foo", "test");
      assert.equal(context.get("nodeX", "foo"), "test");
    });

    it("make the parents of a nested property", () => {
      context.set("nodeX", "foo.bar", "test");
      assert.deepEqual(context.get("nodeX", "foo"), { bar: "test" });
      context.set("nodeX", "list[1].a", 1);
      assert.deepEqual(context.get("nodeX", "list"), [null, { a: 1 }]);
    });

    it("delete a property by undefined, at any depth", () => {
      context.set("nodeX", "foo.abc.bar1", "test1");
      context.set("nodeX", "foo.abc.bar2", "test2");
      context.set("nodeX", "foo.abc.bar1", undefined);
      assert.deepEqual(context.get("nodeX", "foo.abc"), { bar2: "test2" });
      context.set("nodeX", "foo.abc", undefined);
      assert.equal(context.get("nodeX", "foo.abc"), undefined);
      context.set("nodeX", "foo", undefined);
      assert.equal(context.get("nodeX", "foo"), undefined);
      assert.deepEqual(context.keys("nodeX"), []);
    });

    it("close the gap where an array's element is deleted", () => {
      context.set("nodeX", "foo", ["a", "b", "c"]);
      context.set("nodeX", "foo[1]", undefined);
      assert.deepEqual(context.get("nodeX", "foo"), ["a", "c"]);
    });

    it("keep scopes apart", () => {
      context.set("nodeX", "foo", "testX");
      context.set("nodeY", "foo", "testY");
      context.set("abc:def", "foo", "local");
      assert.deepEqual(
        ["nodeX", "nodeY", "abc:def"].map((scope) => context.get(scope, "foo")),
        ["testX", "testY", "local"],
      );
    });

    it("throw for a key that is no property", () => {
      for (const key of [".foo", "a[b]", "foo.", 'a["']) {
        assert.throws(() => context.set("nodeX", key, "test"), { code: "INVALID_EXPR" }, key);
        assert.throws(() => context.get("nodeX", key), { code: "INVALID_EXPR" }, key);
      }
    });

    it("get several values, unknown ones as undefined", () => {
      context.set("nodeX", ["one", "two"], ["test1", "test2"]);
      assert.deepEqual(context.get("nodeX", ["one", "unknown.with.levels", "two"]), [
        "test1",
        undefined,
        "test2",
      ]);
      assert.throws(() => context.get("nodeX", ["one", ".foo"]), { code: "INVALID_EXPR" });
    });

    it("find what lies below a value, but nothing that is inherited", () => {
      context.set("nodeX", "foo", { list: [1, [2]], text: "abc" });
      assert.equal(context.get("nodeX", "foo.list[1][0]"), 2);
      assert.equal(context.get("nodeX", "foo.text.length"), 3);
      for (const key of ["constructor", "foo.constructor", "foo.toString"])
        assert.equal(context.get("nodeX", key), undefined, key);
    });

    it("resolve a reference to another property", () => {
      context.set("nodeX", "at", { name: "b" });
      context.set("nodeX", "foo[msg.at.name]", 1);
      assert.deepEqual(context.get("nodeX", "foo"), { b: 1 });
      assert.equal(context.get("nodeX", "foo[msg.at.name]"), 1);
      context.set("nodeX", "at.name", "other");
      assert.equal(context.get("nodeX", "foo[msg.at.name]"), undefined);
      assert.throws(() => context.get("nodeX", "foo[msg.none]"), { code: "INVALID_EXPR" });
    });

    it("don't stop a flow for a blank key, as localfilesystem doesn't", () => {
      context.set("nodeX", " ", "bar");
      assert.deepEqual(context.keys("nodeX"), []);
    });

    it("set nothing below what is no object", () => {
      context.set("nodeX", "foo", 1);
      context.set("nodeX", "foo.bar", 2);
      assert.equal(context.get("nodeX", "foo"), 1);
    });
  });

  describe("get and set, with callbacks", () => {
    it("answer undefined in the error's place, then the values", async () => {
      assert.deepEqual(await get("nodeX", "foo"), [undefined, undefined]);
      assert.equal(await set("nodeX", "foo", "test"), undefined);
      assert.deepEqual(await get("nodeX", "foo"), [undefined, "test"]);
      assert.equal(await set("nodeX", ["one", "two"], ["test1", "test2"]), undefined);
      assert.deepEqual(await get("nodeX", ["one", "unknown", "two"]), [
        undefined,
        "test1",
        undefined,
        "test2",
      ]);
    });

    it("keep values of any kind, also when the file is opened again", async () => {
      const values = {
        text: "1",
        number: 1,
        nothing: null,
        yes: true,
        no: false,
        object: { obj: "bar" },
        array: ["a", "b", "c"],
        arrays: [["a"], [1, 2], [true, false]],
        objects: [{ obj: "bar1" }, { obj: "bar2" }],
        bytes: Buffer.from("abc"),
        date: new Date(5),
        floats: new Float32Array([1.5]),
        big: 5n,
      };
      const check = (): void => {
        for (const [name, value] of Object.entries(values))
          assert.deepEqual(context.get("nodeX", name), value);
        assert.equal(context.get("nodeX", "array[1]"), "b");
        assert.deepEqual(context.get("nodeX", "arrays[1]"), [1, 2]);
        assert.deepEqual(context.get("nodeX", "objects[1]"), { obj: "bar2" });
      };
      await set("nodeX", Object.keys(values), Object.values(values));
      check();
      await context.close();
      await open();
      check();
      assert.deepEqual(context.keys("nodeX"), Object.keys(values));
    });

    it("give a single value to the first of several keys, and null to the others", async () => {
      await set("nodeX", ["one", "two", "three"], "test1");
      assert.deepEqual(await get("nodeX", ["one", "two"]), [undefined, "test1", null]);
    });

    it("answer an error for a bad key, and set none of several", async () => {
      for (const key of [".foo", " ", ["one", ".foo"]]) {
        assert.ok((await set("nodeX", key, ["test1", "test2"])) instanceof Error);
        assert.ok((await get("nodeX", key))[0] instanceof Error);
      }
      assert.deepEqual(context.keys("nodeX"), []);
    });

    it("set none of several where one can't be stored", async () => {
      const error = await set("nodeX", ["one", "two"], [1, { socket: () => undefined }]);
      assert.match(String(error), /two\.socket must be plain data, got a function/);
      assert.equal(context.get("nodeX", "one"), undefined);
    });

    it("throw where the callback is none", () => {
      const wrong = "callback" as never;
      assert.throws(() => context.get("nodeX", "foo", wrong), /Callback must be a function/);
      assert.throws(() => context.set("nodeX", "foo", "bar", wrong), /Callback must be a function/);
      assert.throws(() => context.keys("nodeX", wrong), /Callback must be a function/);
    });
  });

  describe("values", () => {
    it("are copies, in and out", () => {
      const given = { list: [1] };
      context.set("nodeX", "foo", given);
      given.list.push(2);
      (context.get("nodeX", "foo") as typeof given).list.push(3);
      (context.get("nodeX", "foo.list") as number[]).push(4);
      assert.deepEqual(context.get("nodeX", "foo"), { list: [1] });
    });

    it("may come from a function node's realm", () => {
      context.set("nodeX", "foo", vm.runInNewContext("({ at: new Date(5), list: [{ a: 1 }] })"));
      assert.deepEqual(context.get("nodeX", "foo"), { at: new Date(5), list: [{ a: 1 }] });
    });

    it("can't reach a prototype", () => {
      context.set("nodeX", "__proto__", { polluted: 1 });
      assert.throws(() => context.set("nodeX", "foo.__proto__.polluted", 1), { code: "BAD_VALUE" });
      assert.throws(() => context.set("nodeX", "foo", JSON.parse('{"__proto__":1}')), { code: "BAD_VALUE" });
      context.set("nodeX", "foo.constructor.prototype.polluted", 1);
      assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    });
  });

  describe("keys", () => {
    it("are the top-level names, in the order in which they came", async () => {
      assert.deepEqual(context.keys("nodeX"), []);
      context.set("nodeX", "foo", "bar");
      context.set("nodeX", "abc.def", "bar");
      context.set("nodeY", "hoge", "piyo");
      assert.deepEqual(context.keys("nodeX"), ["foo", "abc"]);
      assert.deepEqual(await asked((callback) => context.keys("nodeY", callback)), [undefined, ["hoge"]]);
    });

    it("of the global context hide its methods", () => {
      context.set("global", ["set", "get", "keys", "foo"], [1, 2, 3, 4]);
      assert.deepEqual(context.keys("global"), ["foo"]);
      context.set("nodeX", "set", 1);
      assert.deepEqual(context.keys("nodeX"), ["set"]);
    });
  });

  describe("delete and clean", () => {
    beforeEach(async () => {
      await set("nodeX:flow1", "foo", "x");
      await set("nodeY:flow2", "foo", "y");
      await set("flow1", "foo", "flow");
      await set("global", "foo", "global");
    });
    const values = (): unknown[] =>
      ["nodeX:flow1", "nodeY:flow2", "flow1", "global"].map((scope) => context.get(scope, "foo"));

    it("delete one scope", async () => {
      await context.delete("nodeX:flow1");
      assert.deepEqual(values(), [undefined, "y", "flow", "global"]);
    });

    it("clean what belongs to no active node, never the global context", async () => {
      await context.clean(["flow1", "nodeX"]);
      assert.deepEqual(values(), ["x", undefined, "flow", "global"]);
      await context.clean([]);
      assert.deepEqual(values(), [undefined, undefined, undefined, "global"]);
      await context.close();
      await open();
      assert.deepEqual(values(), [undefined, undefined, undefined, "global"]);
    });
  });
});
