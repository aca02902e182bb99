import assert from "node:assert/strict";
import type { Gateway } from "../../../src/adapters/pool/gateway-pool.ts";
import { LinkedPool } from "../../support/linked-pool.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";

const ID = { sessionId: "cam-7", slot: 0 };

describe("a gateway that stands by", function () {
  this.timeout(20_000);
  let pool: LinkedPool;
  let leases: MemoryDriver;
  beforeEach(() => {
    pool = new LinkedPool();
    leases = new MemoryDriver();
    pool.host("host-1");
  });
  afterEach(() => pool.close());

  const open = (): Gateway => pool.gateway({}, { hasLog: false, leases });
  /** Each gateway is given each message, as by mqtt in nodes of the same topic. */
  const send = (gateways: readonly Gateway[], payload: string): void => {
    for (const gateway of gateways) {
      gateway.take(ID, 1, 8);
      assert.equal(gateway.offer(ID, { payload, bytes: 8, atMs: 0 }), undefined);
    }
  };

  it("takes nothing over while another works, and goes on where that ended", async () => {
    const first = open();
    await pool.until(() => first.role === "active");
    const second = open();
    const roles: string[] = [];
    second.onRole((role) => roles.push(role));
    send([first, second], "a");
    send([first, second], "b");
    await pool.until(() => pool.output(ID).length === 2);
    assert.equal(second.role, "standby");
    assert.equal(second.status.isStandby, true);
    assert.equal(second.status.slots, 0);
    await first.close();
    await pool.until(() => second.role === "active");
    send([second], "c");
    await pool.until(() => pool.output(ID).length === 3);
    assert.deepEqual(pool.output(ID), ["a:1", "b:2", "c:3"]);
    assert.deepEqual(roles, ["active"]);
  });

  it("needs a store that decides", () => {
    const shared = new MemoryDriver();
    Object.assign(shared.capabilities, { cas: false });
    assert.throws(() => pool.gateway({}, { hasLog: false, leases: shared }), { code: "BAD_CONFIG" });
  });
});
