import assert from "node:assert/strict";
import { mock } from "node:test";
import { systemClock } from "../../../src/adapters/clock.ts";
import type { Gateway, Offered } from "../../../src/adapters/pool/gateway-pool.ts";
import { createGateway } from "../../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { SlotTable } from "../../../src/adapters/pool/slot-table.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { SlotId } from "../../../src/core/record/slot-record.ts";
import { count, LinkedPool, settings } from "../../support/linked-pool.ts";
import { MemoryLink } from "../../support/memory-link.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { profileLike } from "../../support/session-profiles.ts";

const CAM: SlotId = { sessionId: "cam-7", slot: 0 };
const codeOf = (error: Error | undefined): string | undefined =>
  error instanceof StitchError ? error.code : undefined;

/** As stitch and route do per message. */
function send(gateway: Gateway, id: SlotId, payload: unknown, bytes = 10): Error | undefined {
  const offered = offer(gateway, id, payload, bytes);
  assert.ok(!(offered instanceof Promise), "in memory it is known at once");
  return offered;
}

function offer(gateway: Gateway, id: SlotId, payload: unknown, bytes = 10): Offered | Promise<Offered> {
  gateway.take(id, 1, bytes);
  return gateway.offer(id, { payload, bytes, atMs: systemClock.now() });
}

const expected = (n: number): string[] => Array.from({ length: n }, (_, i) => `${i + 1}:${i + 1}`);

describe("a linked gateway", () => {
  let pool: LinkedPool;
  beforeEach(() => {
    pool = new LinkedPool();
  });
  afterEach(() => pool.close());

  it("holds what comes before any host is heard, then opens the slot and delivers in order", async () => {
    const gateway = pool.gateway();
    for (let n = 1; n <= 5; n++) assert.equal(send(gateway, CAM, n), undefined);
    assert.equal(gateway.take(CAM, 1, 1).owner, undefined);
    assert.equal(gateway.status.retained, 5);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 5 && gateway.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(5));
    const mark = gateway.take(CAM, 1, 1);
    assert.deepEqual(mark, { slot: 0, epoch: 1, owner: "host-1", shares: { "host-1": 1 } });
    assert.ok(Object.isFrozen(mark));
    assert.equal(gateway.take(CAM, 1, 1), mark, "one object per slot");
    assert.deepEqual(pool.errors, []);
  });

  it("spreads new sessions over the hosts that are there, not all to the first one heard", async () => {
    const gateway = pool.gateway();
    pool.host("host-1");
    pool.host("host-2");
    const ids = Array.from({ length: 40 }, (_, i) => ({ sessionId: `cam-${i}`, slot: 0 }));
    for (const id of ids) send(gateway, id, 1);
    await pool.until(() => ids.every((id) => pool.output(id).length === 1));
    const slots = (): number[] => gateway.hosts().map((host) => host.slots);
    await pool.until(() => slots().reduce((sum, n) => sum + n, 0) === 40);
    const owned = slots();
    assert.ok(Math.min(...owned) >= 8, owned.join());
  });

  it("shifts a slot under load: nothing is lost, doubled or reordered, and the state moves along", async () => {
    const gateway = pool.gateway({ threshold: 0.5, stepMs: 20 });
    pool.host("host-1", { messagesPerSec: 20 });
    const total = 600;
    let sent = 0;
    const sending = setInterval(() => {
      for (let i = 0; i < 2 && sent < total; i++) assert.equal(send(gateway, CAM, ++sent), undefined);
    }, 10);
    await pool.until(() => pool.output(CAM).length > 10);
    pool.host("host-2", { messagesPerSec: 10_000 });
    const stop = gateway.startPlanning();
    await pool.until(() => pool.output(CAM).length === total);
    clearInterval(sending);
    stop();
    const shifted = pool.events.find(({ kind }) => kind === "shifted");
    assert.equal(shifted?.to, "host-2");
    assert.match(
      shifted?.reason ?? "",
      /^host-1 peak \d+\.\d\d at \+\d+ s, cam-7 adds \d+\.\d\d, moved 1\/1 slots? to host-2 0\.\d\d$/,
    );
    assert.ok((shifted?.pauseMs ?? 1e9) < 1000, `held for ${shifted?.pauseMs} ms`);
    assert.deepEqual(pool.output(CAM), expected(total));
    assert.equal(pool.delivered.length, total, "each message was handed to a flow once");
    assert.ok(pool.delivered.at(-1)?.startsWith("host-2:"));
    assert.deepEqual(gateway.take(CAM, 1, 1).shares, { "host-2": 1 });
  });

  it("fails over from a host that died without a word, from what was committed", async () => {
    const gateway = pool.gateway();
    pool.host("host-1");
    for (let n = 1; n <= 3; n++) send(gateway, CAM, n);
    await pool.until(() => pool.output(CAM).length === 3);
    pool.kill("host-1");
    for (let n = 4; n <= 6; n++) send(gateway, CAM, n);
    pool.host("host-2");
    await pool.until(() => pool.output(CAM).length === 6);
    assert.deepEqual(pool.output(CAM), expected(6));
    const event = pool.events.find(({ kind }) => kind === "failed-over");
    assert.deepEqual(
      [event?.from, event?.to, event?.reason],
      ["host-1", "host-2", "host-1: 3 heartbeats missed"],
    );
    assert.equal(gateway.hosts().find(({ host }) => host === "host-1")?.state, "suspect");
  });

  it("moves at once from a host that says goodbye", async () => {
    const gateway = pool.gateway();
    const first = pool.host("host-1");
    send(gateway, CAM, 1);
    await pool.until(() => pool.output(CAM).length === 1);
    pool.host("host-2");
    first.close();
    send(gateway, CAM, 2);
    await pool.until(() => pool.output(CAM).length === 2);
    assert.deepEqual(pool.output(CAM), expected(2));
    assert.equal(pool.events.find(({ kind }) => kind === "failed-over")?.reason, "host-1 is gone");
  });

  it("sends again what a host had in hand when it started anew", async () => {
    const gateway = pool.gateway();
    pool.host("host-1", {}, () => undefined);
    send(gateway, CAM, 1);
    await pool.until(() => pool.delivered.length === 1);
    pool.kill("host-1");
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 1);
    assert.deepEqual(pool.output(CAM), expected(1));
    assert.ok(!pool.events.some(({ kind }) => kind === "failed-over"));
  });

  it("empties a host that drains", async () => {
    const gateway = pool.gateway({ stepMs: 20 });
    const first = pool.host("host-1");
    send(gateway, CAM, 1);
    await pool.until(() => pool.output(CAM).length === 1);
    pool.host("host-2");
    await pool.until(() => gateway.hosts().length === 2);
    gateway.startPlanning();
    first.drain();
    await pool.until(() => gateway.take(CAM, 1, 1).owner === "host-2");
    send(gateway, CAM, 2);
    await pool.until(() => pool.output(CAM).length === 2);
    assert.deepEqual(pool.output(CAM), expected(2));
    assert.match(
      pool.events.find(({ kind }) => kind === "shifted")?.reason ?? "",
      /^host-1 is draining, moved cam-7 to host-2/,
    );
  });

  it("empties a host at somebody's word, also where nothing else is planned, and takes the word back", async () => {
    const gateway = pool.gateway({ stepMs: 20, policy: "static" });
    pool.host("host-1");
    send(gateway, CAM, 1);
    await pool.until(() => pool.output(CAM).length === 1);
    pool.host("host-2");
    await pool.until(() => gateway.hosts().length === 2);
    gateway.startPlanning();
    gateway.drain({ host: "host-1", isWanted: true });
    await pool.until(() => gateway.take(CAM, 1, 1).owner === "host-2");
    assert.deepEqual(
      gateway.hosts().map(({ host, state }) => [host, state]),
      [
        ["host-1", "draining"],
        ["host-2", "up"],
      ],
    );
    gateway.drain({ host: "host-1", isWanted: false });
    gateway.drain({ host: "host-2", isWanted: true });
    await pool.until(() => gateway.take(CAM, 1, 1).owner === "host-1");
    send(gateway, CAM, 2);
    await pool.until(() => pool.output(CAM).length === 2);
    assert.deepEqual(pool.output(CAM), expected(2));
    assert.throws(
      () => gateway.drain({ host: "nobody", isWanted: true }),
      /no host of the pool is named "nobody"/,
    );
  });

  it("mirrors for a peak that is forecast beyond the lead time, with a message within the minimal rate", async () => {
    const gateway = pool.gateway({ stepMs: 20 });
    pool.host("host-1", { messagesPerSec: 10 });
    send(gateway, CAM, "first");
    await pool.until(() => pool.output(CAM).length === 1);
    const mirrored: [unknown, unknown][] = [];
    pool
      .host("host-2", { messagesPerSec: 100 })
      .onMirror(({ payload, state }) => mirrored.push([payload, state]));
    await pool.until(() => gateway.hosts().length === 2);
    const messages = [1, 1, 1, 1, 9, 9, 9];
    pool.sessions.entry(CAM.sessionId).profile = profileLike({
      sessionId: CAM.sessionId,
      atMs: systemClock.now(),
      skill: 0.9,
      messages,
    });
    gateway.profileChanged(CAM.sessionId);
    gateway.startPlanning();
    await pool.until(() => pool.events.some(({ kind }) => kind === "mirrored"));
    send(gateway, CAM, "second");
    await pool.until(() => mirrored.some(([payload]) => payload === "second"));
    await pool.until(() => mirrored.some(([, state]) => state === 2));
    assert.equal(
      mirrored.filter(([payload]) => payload === "second").length,
      1,
      "each message is mirrored once",
    );
    // The mirror's acknowledgement comes after its message.
    await pool.until(() => pool.events.some(({ kind }) => kind === "warm"));
    const kinds = new Set(pool.events.map(({ kind }) => kind));
    assert.deepEqual(kinds, new Set(["opened", "mirrored", "warm"]));
    assert.match(
      pool.events[1]?.reason ?? "",
      /^host-1 peak 0\.90 at \+45 s, cam-7 adds 0\.90, mirrored 1\/1 slot to host-2/,
    );
    await pool.until(() => gateway.status.warm === 1);
  });

  it("only reports in a dry run", async () => {
    const gateway = pool.gateway({ dryRun: true, stepMs: 20, threshold: 0.5 });
    pool.host("host-1", { messagesPerSec: 2 });
    for (let n = 1; n <= 20; n++) send(gateway, CAM, n);
    await pool.until(() => pool.output(CAM).length === 20);
    pool.host("host-2", { messagesPerSec: 1000 });
    await pool.until(() => gateway.hosts().length === 2);
    gateway.startPlanning();
    await pool.until(() => pool.events.some(({ kind }) => kind === "planned"));
    const event = pool.events.find(({ kind }) => kind === "planned");
    assert.deepEqual([event?.from, event?.to], ["host-1", "host-2"]);
    assert.match(event?.reason ?? "", /^dry run: host-1 peak/);
    assert.equal(gateway.take(CAM, 1, 1).owner, "host-1");
    assert.equal(gateway.status.reason, event?.reason);
  });

  it("returns BUFFER_FULL rather than lose or keep without bound", async () => {
    const gateway = pool.gateway();
    // Keeping a message takes 256 bytes more.
    gateway.setBuffer(3560);
    for (let n = 1; n <= 10; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const error = send(gateway, CAM, 11, 100);
    assert.equal(codeOf(error), "BUFFER_FULL");
    assert.match(error?.message ?? "", /3560 of 3560 bytes/);
    assert.equal(gateway.status.refused, 1);
    pool.host("host-1");
    await pool.until(() => pool.output(CAM).length === 10 && gateway.status.retained === 0);
    assert.equal(send(gateway, CAM, 11, 100), undefined);
  });

  it("keeps waiting what may not be lost, in order and bounded, until there is room", async () => {
    const gateway = pool.gateway();
    gateway.setBuffer(3560);
    const qos = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos,
    };
    for (let n = 1; n <= 10; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const waiting = [11, 12, 13].map((n) => offer(gateway, CAM, n, 100));
    assert.ok(waiting.every((offered) => offered instanceof Promise));
    assert.equal(gateway.status.blocked, 3);
    // A quarter of the buffer at most.
    assert.equal(codeOf(send(gateway, CAM, 14, 700)), "BUFFER_FULL");
    pool.host("host-1");
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined, undefined]);
    await pool.until(() => pool.output(CAM).length === 13);
    assert.deepEqual(pool.output(CAM), expected(13));
    assert.equal(gateway.status.blocked, 0);
  });

  it("gives what waits back when it is closed", async () => {
    const gateway = pool.gateway();
    gateway.setBuffer(2000);
    const qos = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos,
    };
    for (let n = 1; n <= 5; n++) assert.equal(send(gateway, CAM, n, 100), undefined);
    const waiting = offer(gateway, CAM, 6, 100);
    await gateway.close();
    assert.equal(codeOf(await waiting), "LINK_DOWN");
  });

  it("drops what may be lost for what may not, and tells of each", async () => {
    const gateway = pool.gateway();
    gateway.setBuffer(3560);
    const given: unknown[] = [];
    gateway.onUndeliverable(({ message, error }) => given.push([message.payload, codeOf(error)]));
    const video: SlotId = { sessionId: "video", slot: 0 };
    const some = { loss: "some", order: "key", priority: 1 } as const;
    const none = { loss: "none", order: "key", priority: 4 } as const;
    pool.sessions.entry("video").profile = {
      ...profileLike({ sessionId: "video", atMs: 0, messages: [1] }),
      qos: some,
    };
    pool.sessions.entry(CAM.sessionId).profile = {
      ...profileLike({ sessionId: CAM.sessionId, atMs: 0, messages: [1] }),
      qos: none,
    };
    for (let n = 1; n <= 10; n++) assert.equal(send(gateway, video, n, 100), undefined);
    assert.equal(send(gateway, CAM, 1, 100), undefined);
    assert.deepEqual(given.slice(0, 1), [[1, "BUFFER_FULL"]]);
    assert.equal(gateway.status.dropped, given.length);
    pool.host("host-1");
    await pool.until(() => gateway.status.retained === 0);
    assert.deepEqual(pool.output(CAM), expected(1));
    assert.equal(pool.output(video).length, 10 - given.length);
  });

  it("looks for room for a flood of new sessions now and then, not at each message", () => {
    const gateway = pool.gateway({ maxSessions: 50 });
    const looks = mock.method(SlotTable.prototype, "silentSince");
    try {
      for (let n = 0; n < 5000; n++) void offer(gateway, { sessionId: `cam-${n}`, slot: 0 }, 1);
      assert.ok(looks.mock.callCount() <= 5, `${looks.mock.callCount()} times`);
    } finally {
      looks.mock.restore();
    }
  });

  it("knows no more sessions than it may, and makes room by those that are silent", async () => {
    const gateway = pool.gateway({ maxSessions: 4 });
    const ids = Array.from({ length: 5 }, (_, i) => ({ sessionId: `cam-${i}`, slot: 0 }));
    for (const id of ids.slice(0, 4)) assert.equal(send(gateway, id, 1), undefined);
    assert.equal(codeOf(send(gateway, ids[4] as SlotId, 1)), "BUFFER_FULL");
    pool.host("host-1");
    await pool.until(() => gateway.status.retained === 0);
    assert.equal(send(gateway, ids[4] as SlotId, 1), undefined);
    await pool.until(() => pool.output(ids[4] as SlotId).length === 1);
    assert.equal(gateway.status.slots, 4);
  });

  it("goes on while the store is away, and says so once", async () => {
    const gateway = pool.gateway();
    const write = pool.records.write.bind(pool.records);
    const away = new StitchError("STORE_UNAVAILABLE", "disk is full");
    pool.records.write = async () => ({ outcome: "indeterminate", error: away });
    pool.host("host-1");
    send(gateway, CAM, 1);
    await pool.until(() => pool.errors.length > 0);
    pool.records.write = write;
    await pool.until(() => pool.output(CAM).length === 1);
    assert.deepEqual(pool.errors, [away]);
  });

  it("takes nothing once closed, and leaves nothing behind on the link", async () => {
    const gateway = pool.gateway();
    pool.host("host-1");
    send(gateway, CAM, 1);
    const closing = gateway.close();
    assert.equal(codeOf(send(gateway, CAM, 2)), "LINK_DOWN");
    await closing;
    assert.equal(pool.link.listeners, 1, "the host's stream only");
  });

  it("takes a session over from the gateway before it", async () => {
    const first = pool.gateway();
    pool.host("host-1", {}, count);
    send(first, CAM, 1);
    await pool.until(() => pool.output(CAM).length === 1 && first.status.retained === 0);
    await first.close();
    const second = pool.gateway();
    send(second, CAM, 2);
    await pool.until(() => pool.output(CAM).length === 2);
    assert.deepEqual(pool.output(CAM), expected(2));
    assert.equal(second.take(CAM, 1, 1).epoch, 2);
  });
});

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

describe("createGateway", () => {
  it("refuses a link without records", () => {
    const sessions = new SessionDirectory(1);
    const options = { settings, sessions, link: new MemoryLink(), records: undefined, clock: systemClock };
    assert.throws(
      () => createGateway({ ...options, random: seededRandom(1), onError: () => undefined }),
      (error) => codeOf(error as Error) === "BAD_CONFIG",
    );
  });
});
