import assert from "node:assert/strict";
import { inOrder } from "../../../src/adapters/nodered/in-order.ts";

function deferred(): { readonly promise: Promise<string>; readonly resolve: (value: string) => void } {
  let resolve = (_: string): void => undefined;
  const promise = new Promise<string>((done) => {
    resolve = done;
  });
  return { promise, resolve: (value) => resolve(value) };
}

describe("inOrder", () => {
  it("ends waits in the order they began", async () => {
    const turn = inOrder();
    const ended: string[] = [];
    const slow = deferred();
    const first = turn(slow.promise).then((value) => ended.push(value));
    const second = turn(Promise.resolve("second")).then((value) => ended.push(value));
    await new Promise(setImmediate);
    assert.deepEqual(ended, []);
    slow.resolve("first");
    await Promise.all([first, second]);
    assert.deepEqual(ended, ["first", "second"]);
  });

  it("goes on after one that failed", async () => {
    const turn = inOrder();
    await assert.rejects(turn(Promise.reject(new Error("failed"))), /failed/);
    assert.equal(await turn(Promise.resolve("next")), "next");
  });
});
