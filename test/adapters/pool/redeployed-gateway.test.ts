import assert from "node:assert/strict";
import { count, LinkedPool } from "../../support/linked-pool.ts";
import { CAM, expected, send } from "../../support/offers.ts";

describe("a gateway that is redeployed", () => {
  it("hands what no host has acknowledged to the next one, in order, each message once", async () => {
    const pool = new LinkedPool();
    const first = pool.gateway();
    let isStalled = true;
    pool.host("host-1", {}, (host, message) => {
      // The second message stays in hand, as in a flow that hangs.
      if (!isStalled || message.payload === 1) count(host, message);
    });
    for (let n = 1; n <= 5; n++) assert.equal(send(first, CAM, n), undefined);
    await pool.until(() => first.status.retained === 4);
    await first.close();
    assert.match(
      pool.errors[0]?.message ?? "",
      /4 messages that no host has acknowledged: the redeployed flow/,
    );
    isStalled = false;
    const second = pool.gateway();
    assert.equal(second.status.retained, 4);
    assert.equal(send(second, CAM, 6), undefined);
    await pool.until(() => pool.output(CAM).length === 6 && second.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(6));
    assert.deepEqual(pool.kept.take(), [], "nothing is sent by a third one");
    await pool.close();
  });

  it("hands on what waited for a first host too", async () => {
    const pool = new LinkedPool();
    const first = pool.gateway();
    for (let n = 1; n <= 3; n++) send(first, CAM, n);
    await first.close();
    const second = pool.gateway();
    send(second, CAM, 4);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 4);
    assert.deepEqual(pool.output(CAM), expected(4));
    await pool.close();
  });
});
