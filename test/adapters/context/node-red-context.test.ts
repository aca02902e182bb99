import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import helper from "node-red-node-test-helper";
import { createStore } from "../../../src/adapters/context/index.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));
const functionNode: unknown = require("@node-red/nodes/core/function/10-function.js");
const changeNode: unknown = require("@node-red/nodes/core/function/15-change.js");
/** The test helper loads no stores by itself. */
const contexts = require("@node-red/runtime/lib/nodes/context") as {
  load(): Promise<void>;
  close(): Promise<void>;
};

describe("context store in a Node-RED runtime", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = temporaryFolder();
    helper.settings({
      userDir: folder.path,
      contextStorage: {
        default: "memory",
        memory: { module: "memory" },
        sessions: { module: createStore as never },
      },
    });
    await new Promise<void>((started) => helper.startServer(() => started()));
  });
  afterEach(async () => {
    await contexts.close();
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
    folder.remove();
  });

  const functionOf = (id: string, func: string, wires: string[][]): object => ({
    id,
    z: "tab",
    type: "function",
    func,
    outputs: 1,
    timeout: 0,
    initialize: "",
    finalize: "",
    libs: [],
    wires,
  });

  async function load(nodes: object[]): Promise<void> {
    const flow = [{ id: "tab", type: "tab", label: "" }, ...nodes, { id: "out", z: "tab", type: "helper" }];
    await helper.load([functionNode, changeNode] as never, flow as never);
    await contexts.load();
  }
  async function run(id: string): Promise<Record<string, unknown>> {
    const message = once(helper.getNode("out"), "input");
    helper.getNode(id).receive({});
    return (await message)[0] as Record<string, unknown>;
  }

  it("answers a function node synchronously, in every scope", async () => {
    const func = `
      for (const [i, c] of [context, flow, global].entries()) c.set("n.at", [i, new Date(5)], "sessions");
      msg.payload = [context, flow, global].map((c) => c.get("n.at[0]", "sessions"));
      msg.keys = flow.keys("sessions");
      return msg;`;
    await load([functionOf("fn", func, [["out"]])]);
    const { payload, keys } = await run("fn");
    assert.deepEqual([...(payload as number[])], [0, 1, 2]);
    assert.deepEqual([...(keys as string[])], ["n"]);
  });

  it("shares values between function and change nodes", async () => {
    const rules = [{ t: "set", p: "payload", pt: "msg", to: "#:(sessions)::n", tot: "flow" }];
    await load([
      functionOf("fn", `flow.set("n", 7, "sessions", () => node.send(msg)); return null;`, [["change"]]),
      { id: "change", z: "tab", x: 0, y: 0, type: "change", rules, wires: [["out"]] },
    ]);
    assert.equal((await run("fn"))["payload"], 7);
  });

  it("increments atomically from a function node", async () => {
    const func = `
      const atomic = flow.get("$atomic", "sessions");
      await Promise.all([1, 2, 3].map(() => atomic.increment("n")));
      msg.payload = flow.get("n", "sessions");
      return msg;`;
    await load([functionOf("fn", func, [["out"]])]);
    assert.equal((await run("fn"))["payload"], 3);
  });
});
