import assert from "node:assert/strict";
import { once } from "node:events";
import type { Node, NodeAPI, NodeDef } from "node-red";
import helper from "node-red-node-test-helper";
import { wiredOutputs } from "../../../src/adapters/nodered/wired-outputs.ts";

describe("wiredOutputs", () => {
  it("leaves the last outputs out that are wired to nothing", () => {
    assert.deepEqual(wiredOutputs({ wires: [["a"], []] }).wires, [["a"]]);
    assert.deepEqual(wiredOutputs({ wires: [[], ["a"], [], []] }).wires, [[], ["a"]]);
    assert.deepEqual(wiredOutputs({ wires: [[]] }).wires, []);
  });

  it("gives back the definition itself where each output is wired, or it has none", () => {
    for (const def of [{ wires: [["a"], ["b"]] }, { wires: [] }, {}]) assert.equal(wiredOutputs(def), def);
  });

  it("keeps the rest of the definition, also what doesn't show", () => {
    const def = Object.defineProperty({ id: "n", wires: [["a"], []] }, "_flow", { value: "hidden" });
    const wired = wiredOutputs(def) as unknown as Record<string, unknown>;
    assert.equal(wired["id"], "n");
    assert.equal(wired["_flow"], "hidden");
  });

  describe("in a runtime", () => {
    before(() => helper.startServer());
    after(() => helper.stopServer());
    afterEach(() => helper.unload());

    it("sends on the wire that is left, and what is for the others nowhere", async () => {
      const register = (RED: NodeAPI): void =>
        RED.nodes.registerType("two-outputs", function (this: Node, def: NodeDef) {
          RED.nodes.createNode(this, wiredOutputs(def));
          this.on("input", (msg, send, done) => {
            send([null, msg]);
            send([msg, { payload: "second" }]);
            done();
          });
        });
      const flow = [
        { id: "from", type: "two-outputs", wires: [["to"], []] },
        { id: "to", type: "helper" },
      ];
      await helper.load(register as never, flow as never);
      const to = helper.getNode("to");
      const got = once(to, "input");
      helper.getNode("from").receive({ payload: "first" });
      const [msg] = (await got) as [{ payload: unknown }];
      assert.equal(msg.payload, "first");
    });
  });
});
