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
      const offered = gateway.offer(ID, { payload, bytes: 8, atMs: 0 });
      if (!(offered instanceof Promise)) assert.equal(offered, undefined);
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

  it("takes what reaches it while the store does not answer, and once more works alone", async () => {
    const gateway = open();
    await pool.until(() => gateway.role === "active");
    send([gateway], "a");
    leases.away = new Error("the store does not answer");
    await pool.until(() => gateway.role === "standby");
    // Without another nobody else has them.
    send([gateway], "b");
    leases.away = undefined;
    await pool.until(() => gateway.role === "active");
    send([gateway], "c");
    await pool.until(() => pool.output(ID).length === 3);
    assert.deepEqual(pool.output(ID), ["a:1", "b:2", "c:3"]);
  });

  it("keeps what reaches it until the store has told whether another works", async () => {
    leases.away = new Error("the store does not answer");
    const gateway = open();
    send([gateway], "a");
    send([gateway], "b");
    assert.equal(gateway.status.blocked, 2);
    leases.away = undefined;
    await pool.until(() => pool.output(ID).length === 2);
    assert.deepEqual(pool.output(ID), ["a:1", "b:2"]);
    assert.equal(gateway.status.blocked, 0);
  });

  it("tells of what nobody took when it ends before the store has told", async () => {
    leases.away = new Error("the store does not answer");
    const gateway = open();
    const offered = gateway.offer(ID, { payload: "a", bytes: 8, atMs: 0 });
    await gateway.close();
    assert.equal(((await offered) as { code?: string }).code, "LINK_DOWN");
  });

  it("needs a store that decides", () => {
    const shared = new MemoryDriver();
    Object.assign(shared.capabilities, { cas: false });
    assert.throws(() => pool.gateway({}, { hasLog: false, leases: shared }), { code: "BAD_CONFIG" });
  });
});
