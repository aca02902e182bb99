import assert from "node:assert/strict";
import { systemClock } from "../../../src/adapters/clock.ts";
import { createGateway } from "../../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { StitchError } from "../../../src/core/errors.ts";
import { count, LinkedPool, settings } from "../../support/linked-pool.ts";
import { MemoryLink } from "../../support/memory-link.ts";
import { CAM, codeOf, expected, send } from "../../support/offers.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { profileLike } from "../../support/session-profiles.ts";

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
