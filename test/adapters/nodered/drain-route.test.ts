import assert from "node:assert/strict";
import { answerDrain } from "../../../src/adapters/nodered/drain-route.ts";
import type { GatewayPool } from "../../../src/adapters/pool/gateway-pool.ts";
import { StitchError } from "../../../src/core/errors.ts";

/** What came back: a status, and why. */
function answer(pool: object | undefined, body: unknown): string {
  let said = "";
  const response = {
    sendStatus: (code: number) => {
      said = String(code);
    },
    status: (code: number) => ({
      json: (reason: object) => {
        said = `${code} ${JSON.stringify(reason)}`;
      },
    }),
  };
  answerDrain(pool as GatewayPool | undefined, { body }, response);
  return said;
}

describe("drain route", () => {
  it("hands the order on", () => {
    const orders: unknown[] = [];
    const pool = { gateway: () => ({ drain: (order: unknown) => orders.push(order) }) };
    assert.equal(answer(pool, { host: "host-1" }), "204");
    assert.equal(answer(pool, { host: "host-1", on: false }), "204");
    assert.deepEqual(orders, [
      { host: "host-1", isWanted: true },
      { host: "host-1", isWanted: false },
    ]);
  });

  it("says what is wrong, and harms nothing", () => {
    const unknown = (): never => {
      throw new StitchError("NO_HOST", "no host of the pool is named x");
    };
    assert.match(answer(undefined, { host: "host-1" }), /^400 .*no such session-pool/);
    assert.match(answer({ gateway: () => ({ drain: unknown }) }, { host: "x" }), /^400 .*named x/);
    for (const body of [undefined, null, "a/b", { host: 1 }, { host: "x", on: 1 }])
      assert.match(answer({ gateway: () => ({ drain: unknown }) }, body), /^400 .*msg\.drain/);
  });
});
