import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { inOrder } from "../../../src/adapters/nodered/in-order.ts";

describe("inOrder", () => {
  it("ends waits in the order they began", async () => {
    const turn = inOrder();
    const ended: string[] = [];
    const slow = new EventEmitter();
    const first = turn(once(slow, "ready")).then(() => ended.push("first"));
    const second = turn(Promise.resolve("second")).then((value) => ended.push(value));
    await new Promise(setImmediate);
    assert.deepEqual(ended, []);
    slow.emit("ready");
    await Promise.all([first, second]);
    assert.deepEqual(ended, ["first", "second"]);
  });

  it("goes on after one that failed", async () => {
    const turn = inOrder();
    await assert.rejects(turn(Promise.reject(new Error("failed"))), /failed/);
    assert.equal(await turn(Promise.resolve("next")), "next");
  });
});
