import assert from "node:assert/strict";
import type { Gateway } from "../../../src/adapters/pool/gateway-pool.ts";
import { StitchError } from "../../../src/core/errors.ts";
import { count, LinkedPool } from "../../support/linked-pool.ts";
import { CAM, codeOf, expected, offer, send } from "../../support/offers.ts";

describe("a gateway with a log on disk", () => {
  let pool: LinkedPool;
  beforeEach(() => {
    pool = new LinkedPool();
  });
  afterEach(() => pool.close());

  function logged(bytes = 1e6): Gateway {
    const gateway = pool.gateway();
    gateway.setBuffer(bytes, "disk");
    return gateway;
  }

  it("is done with a message when it is in the log, and removes it when it is committed", async () => {
    const gateway = logged();
    pool.host("host-1");
    let isLogged = false;
    const offered = Promise.resolve(offer(gateway, CAM, 1)).then((error) => {
      isLogged = error === undefined;
    });
    assert.equal(gateway.status.retained, 0, "nothing is sent before");
    await offered;
    assert.ok(isLogged);
    assert.equal((await pool.log.snapshot("m/")).length, 1);
    await pool.until(() => pool.output(CAM).length === 1 && gateway.status.retained === 0);
    let left = 1;
    await pool.until(() => {
      pool.log.snapshot("m/").then(({ length }) => {
        left = length;
      }, assert.fail);
      return left === 0;
    });
  });

  it("goes on after a crash with what is not committed, each message once, in order", async () => {
    const first = logged();
    let hang = Number.POSITIVE_INFINITY;
    pool.host("host-1", {}, (host, message) => {
      if (Number(message.payload) < hang) count(host, message);
    });
    for (let n = 1; n <= 3; n++) await offer(first, CAM, n);
    await pool.until(() => pool.output(CAM).length === 3);
    hang = 6;
    for (let n = 4; n <= 9; n++) await offer(first, CAM, n);
    await pool.until(() => pool.output(CAM).length === 5);
    const image = await pool.crash(first);
    hang = Number.POSITIVE_INFINITY;
    await pool.logFrom(image);
    const second = logged();
    for (let n = 10; n <= 12; n++) assert.equal(await offer(second, CAM, n), undefined);
    await pool.until(() => pool.output(CAM).length === 12 && second.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(12));
    assert.equal(new Set(pool.delivered.map((line) => line.split("=")[1])).size, 12);
  });

  it("takes over what is on disk, whatever the log held when it was read, so that nothing takes effect twice", async () => {
    const first = logged(2000);
    for (let n = 1; n <= 3; n++) await offer(first, CAM, n, 300);
    await pool.logFrom(await pool.crash(first));
    const second = logged(2000);
    // Nothing is known of the 900 bytes on disk yet.
    assert.equal(await offer(second, CAM, 4, 200), undefined);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 4 && second.status.retained === 0);
    assert.equal(await offer(second, CAM, 5, 100), undefined);
    await pool.until(() => pool.output(CAM).length === 5 && second.status.retained === 0);
    await pool.logFrom(await pool.crash(second));
    const third = logged(2000);
    assert.equal(await offer(third, CAM, 6, 100), undefined);
    await pool.until(() => pool.output(CAM).length >= 6 && third.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(6));
  });

  it("hands on what only memory has where the log was never read", async () => {
    const first = pool.gateway();
    send(first, CAM, 1);
    await first.close();
    pool.log.away = new StitchError("STORE_UNAVAILABLE", "unable to open database file");
    await logged().close();
    pool.host("host-1");
    const third = pool.gateway();
    send(third, CAM, 2);
    await pool.until(() => pool.output(CAM).length === 2);
    assert.deepEqual(pool.output(CAM), expected(2));
  }).timeout(15_000);

  it("waits while the log can't be written, says so, and refuses only when the buffer is full", async () => {
    const gateway = logged(65_536);
    pool.host("host-1");
    await offer(gateway, CAM, 1);
    pool.log.away = new StitchError("STORE_UNAVAILABLE", "database or disk is full");
    const waiting = offer(gateway, CAM, 2, 60_000);
    await pool.until(() => gateway.status.logFailure !== undefined);
    assert.match(pool.errors[0]?.message ?? "", /can't be written, they wait: database or disk is full/);
    const refused = await offer(gateway, CAM, 3, 60_000);
    assert.equal(codeOf(refused), "BUFFER_FULL");
    assert.match(refused?.message ?? "", /disk is full/);
    pool.log.away = undefined;
    assert.equal(await waiting, undefined);
    await pool.until(() => pool.output(CAM).length === 2);
    assert.equal(gateway.status.logFailure, undefined);
  });

  it("counts small messages that wait for the disk with what keeping them takes", async () => {
    const gateway = logged(65_536);
    await offer(gateway, CAM, 1);
    pool.log.away = new StitchError("STORE_UNAVAILABLE", "database or disk is full");
    await Promise.race([offer(gateway, CAM, 2), pool.until(() => gateway.status.logFailure !== undefined)]);
    const offered = Array.from({ length: 1000 }, (_, n) => offer(gateway, CAM, n + 3, 1));
    // Each takes 256 bytes more.
    const waiting = offered.filter((each) => each instanceof Promise).length;
    const full = offered.filter((each) => each instanceof StitchError).length;
    assert.ok(waiting <= 256, `${waiting} wait, ${full} found no room`);
    pool.log.away = undefined;
    await Promise.all(offered.map(async (each) => each));
  });

  it("gives what could not be written back when it is closed", async () => {
    const gateway = logged();
    await offer(gateway, CAM, 1);
    pool.log.away = new StitchError("STORE_UNAVAILABLE", "database or disk is full");
    const waiting = offer(gateway, CAM, 2);
    await pool.until(() => gateway.status.logFailure !== undefined);
    await gateway.close();
    assert.equal(codeOf(await waiting), "LOG_FAILED");
  });

  it("has no place to keep messages where no folder is known", () => {
    const gateway = pool.gateway({}, { hasLog: false });
    assert.throws(() => gateway.setBuffer(1e6, "disk"), /no folder where messages can be kept/);
  });
});

describe("a gateway whose buffer is changed", () => {
  let pool: LinkedPool;
  beforeEach(() => {
    pool = new LinkedPool();
  });
  afterEach(() => pool.close());

  const logEntries = async (): Promise<number> => (await pool.log.again().snapshot("m/")).length;

  /** On disk, `count` messages that no host was there for; then Node-RED ends. */
  async function leaveOnDisk(count: number): Promise<void> {
    const gateway = pool.gateway();
    gateway.setBuffer(1e6, "disk");
    for (let n = 1; n <= count; n++) assert.equal(await offer(gateway, CAM, n), undefined);
    await pool.logFrom(await pool.crash(gateway));
  }

  it("from disk to memory sends what is on disk first, and then keeps nothing there", async () => {
    await leaveOnDisk(3);
    const second = pool.gateway();
    second.setBuffer(1e6, "memory");
    // Before the file was read, and after.
    const early = offer(second, CAM, 4);
    assert.equal(await early, undefined);
    assert.equal(await offer(second, CAM, 5), undefined);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 5 && second.status.retained === 0);
    let isMemory = false;
    await pool.until(() => {
      if (!isMemory) {
        const offered = offer(second, CAM, 0);
        isMemory = !(offered instanceof Promise);
      }
      return isMemory;
    });
    await pool.until(() => second.status.retained === 0);
    // The file is closed once what was committed is deleted.
    while ((await logEntries()) > 0);
    assert.deepEqual(pool.output(CAM).slice(0, 5), expected(5));
  });

  it("and back to disk keeps the order, also of what never left the file", async () => {
    await leaveOnDisk(2);
    const memory = pool.gateway();
    memory.setBuffer(1e6, "memory");
    assert.equal(await offer(memory, CAM, 3), undefined);
    await memory.close();
    const disk = pool.gateway();
    disk.setBuffer(1e6, "disk");
    assert.equal(await offer(disk, CAM, 4), undefined);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 4 && disk.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(4));
    assert.deepEqual(pool.errors, []);
  });

  it("keeps the order where the file could not be read for a while", async () => {
    await leaveOnDisk(2);
    pool.log.away = new StitchError("STORE_UNAVAILABLE", "unable to open database file");
    const memory = pool.gateway();
    memory.setBuffer(1e6, "memory");
    pool.host("host-1");
    const waiting = offer(memory, CAM, 3);
    await pool.until(() => memory.status.logFailure !== undefined);
    assert.deepEqual(pool.output(CAM), [], "nothing overtakes what is on disk");
    pool.log.away = undefined;
    assert.equal(await waiting, undefined);
    await pool.until(() => pool.output(CAM).length === 3);
    assert.deepEqual(pool.output(CAM), expected(3));
  });

  it("from memory to disk while it runs writes down what it has, with its numbers", async () => {
    const gateway = pool.gateway();
    let hang = 2;
    pool.host("host-1", {}, (host, message) => {
      if (Number(message.payload) < hang) count(host, message);
    });
    send(gateway, CAM, 1);
    await pool.until(() => pool.output(CAM).length === 1 && gateway.status.retained === 0);
    send(gateway, CAM, 2);
    gateway.setBuffer(1e6, "disk");
    assert.equal(await offer(gateway, CAM, 3), undefined);
    await pool.until(() => pool.delivered.length === 2);
    await pool.logFrom(await pool.crash(gateway));
    hang = Number.POSITIVE_INFINITY;
    pool.kill("host-1");
    pool.host("host-1");
    const next = pool.gateway();
    next.setBuffer(1e6, "disk");
    await pool.until(() => pool.output(CAM).length === 3 && next.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(3));
  });
});
