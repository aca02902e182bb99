import assert from "node:assert/strict";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { StitchError } from "../../src/core/errors.ts";
import type { ChartForecast } from "../../src/core/forecast/session/chart-points.ts";
import type { ValueForecast } from "../../src/core/forecast/session/value-forecaster.ts";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import { ForecastFlow, type Message } from "../support/forecast-flow.ts";
import { MemoryDriver } from "../support/memory-driver.ts";

/** The shortest that is allowed: a test waits for real steps. */
const STEP = "100";
const session = { id: "cam-7", bytes: 50, kind: "binary", pattern: "unknown", slot: 0, slots: 1 };
const node = {
  id: "f",
  type: "session-forecast",
  pool: "",
  stepMs: STEP,
  horizon: "5",
  wires: [["out"], ["each"]],
};
const pool = { id: "pool", type: "session-pool" };
const sinks = [
  { id: "out", type: "helper" },
  { id: "each", type: "helper" },
];

describe("session-forecast node", () => {
  let flow: ForecastFlow;
  beforeEach(() => {
    flow = new ForecastFlow();
  });
  afterEach(() => flow.unload());

  /** Sends over and over until `isTrue`. */
  async function sendUntil(msg: () => object, isTrue: () => boolean): Promise<void> {
    const timer = setInterval(() => flow.send("f", msg()), 10);
    try {
      await flow.until(isTrue);
    } finally {
      clearInterval(timer);
    }
  }
  const firstError = (): string => String(flow.node("f").error.args[0]?.[0]);

  describe("for sessions", () => {
    it("passes each message on as it is, and emits a Session Profile each step", async () => {
      await flow.load([node, ...sinks]);
      const sent = { topic: "site/cam-7", payload: Buffer.alloc(50), session, mine: 1 };
      await sendUntil(
        () => ({ ...sent }),
        () => flow.got("each").length >= 3,
      );
      const { _msgid, ...passed } = flow.got("out")[0] ?? assert.fail();
      assert.deepEqual(passed, sent);
      const { topic, payload, sessionProfile } = flow.got("each").at(-1) ?? assert.fail();
      assert.equal(topic, "cam-7");
      assert.equal(payload, sessionProfile);
      const profile = payload as SessionProfile;
      assert.deepEqual([profile.sessionId, profile.stepMs, profile.horizon], ["cam-7", 100, 5]);
      assert.equal(profile.atMs % 100, 0);
      assert.ok(profile.messages.median.every((rate) => rate > 5 && rate < 200));
      assert.ok(profile.bytes.median.every((bps) => bps > 250));
    });

    it("leaves the profile in the pool's directory and tells the gateway", async () => {
      const changed: string[] = [];
      const sessions = new SessionDirectory(10);
      const gateway = { profileChanged: (id: string) => changed.push(id), hosts: () => [] };
      flow.pool = {
        sessions,
        settings: { maxSessions: 10, threshold: 0.5, hosts: [] },
        gateway: () => gateway,
      } as never;
      await flow.load([pool, { ...node, pool: "pool", wires: [[], []] }]);
      await sendUntil(
        () => ({ payload: "x", session }),
        () => changed.length >= 2,
      );
      assert.deepEqual(new Set(changed), new Set(["cam-7"]));
      const profile = sessions.find("cam-7")?.profile;
      assert.equal(profile?.sessionId, "cam-7");
      assert.equal(profile.allocation.capacityBps, profile.allocation.peakBps / 0.5);
    });

    it("works beside a pool that has no gateway yet", async () => {
      const sessions = new SessionDirectory(10);
      const gateway = (): never => {
        throw new StitchError("BAD_CONFIG", "a broker needs a store");
      };
      flow.pool = { sessions, settings: { maxSessions: 10, threshold: 0.85, hosts: [] }, gateway } as never;
      await flow.load([pool, { ...node, pool: "pool" }, ...sinks]);
      await sendUntil(
        () => ({ payload: "x", session }),
        () => flow.got("each").length >= 1,
      );
      assert.ok(sessions.find("cam-7")?.profile);
      assert.equal(flow.node("f").error.args.length, 0);
    });

    it("lets the flow change what it gets without changing the directory's", async () => {
      const sessions = new SessionDirectory(10);
      const gateway = { profileChanged: () => 0, hosts: () => [] };
      flow.pool = {
        sessions,
        settings: { maxSessions: 10, threshold: 0.85, hosts: [] },
        gateway: () => gateway,
      } as never;
      await flow.load([pool, { ...node, pool: "pool" }, ...sinks]);
      await sendUntil(
        () => ({ payload: "x", session }),
        () => flow.got("each").length >= 1,
      );
      assert.notEqual(flow.got("each").at(-1)?.["payload"], sessions.find("cam-7")?.profile);
    });

    it("goes on with the history it had when it is deployed anew", async () => {
      const driver = new MemoryDriver();
      const load = async (): Promise<void> => {
        flow = new ForecastFlow();
        flow.pool = {
          sessions: new SessionDirectory(10),
          settings: { maxSessions: 10, threshold: 0.85, hosts: [] },
          gateway: () => ({ hosts: () => [], profileChanged: () => 0 }),
          driver: () => driver,
        } as never;
        await flow.load([pool, { ...node, pool: "pool" }, ...sinks]);
      };
      const trained = (): number =>
        (flow.got("each").at(-1)?.["payload"] as SessionProfile | undefined)?.model.trainedOn ?? 0;
      await load();
      await sendUntil(
        () => ({ payload: "x", session }),
        () => trained() >= 8,
      );
      await flow.unload();
      assert.equal((await driver.snapshot("forecast/f/")).length, 1);
      await load();
      await sendUntil(
        () => ({ payload: "x", session }),
        () => flow.got("each").length > 0,
      );
      assert.ok(trained() >= 8, `${trained()}`);
    });

    it("says what is wrong with a message that names no session, and goes on", async () => {
      await flow.load([node, ...sinks]);
      flow.send("f", { payload: 1 });
      await flow.until(() => flow.node("f").error.args.length > 0);
      assert.match(firstError(), /topic/);
      flow.send("f", { payload: 1, session });
      await flow.until(() => flow.got("out").length === 1);
    });

    it("keeps no more sessions than the pool may", async () => {
      flow.pool = {
        sessions: new SessionDirectory(3),
        settings: { maxSessions: 3, threshold: 0.85, hosts: [] },
        gateway: () => ({ hosts: () => [], profileChanged: () => 0 }),
      } as never;
      await flow.load([pool, { ...node, pool: "pool" }, ...sinks]);
      for (let i = 0; i < 50; i++)
        flow.send("f", { payload: 1, session: { ...session, id: `__proto__${i}` } });
      await flow.until(() => flow.got("out").length === 50);
      await flow.until(() =>
        flow.node("f").status.args.some(([status]) => (status as Message)["text"] === "3 series"),
      );
    });
  });

  describe("for values", () => {
    const valueNode = { ...node, mode: "value", level: "90" };

    it("attaches the latest forecast of the message's series", async () => {
      await flow.load([valueNode, ...sinks]);
      let sent = 0;
      const next = (): object => ({ topic: sent % 2 ? "b" : "a", payload: sent++ % 2 ? "-7.5" : 20 });
      await sendUntil(next, () => flow.got("each").length >= 6);
      const { topic, payload, forecast } = flow.got("each").at(-1) ?? assert.fail();
      assert.equal(payload, forecast);
      const expected = topic === "a" ? 20 : -7.5;
      const { median, lower, upper, level, atMs, stepMs, horizon, model } = forecast as ValueForecast;
      assert.deepEqual(
        [median, lower, upper],
        [1, 2, 3].map(() => [1, 2, 3, 4, 5].map(() => expected)),
      );
      assert.deepEqual([level, atMs % 100, stepMs, horizon], [90, 0, 100, 5]);
      assert.match(model.name, /^ses/);
      const { points } = forecast as ChartForecast;
      assert.deepEqual(points[4], { x: atMs + 500, y: expected, lower: expected, upper: expected });
      assert.equal(points.length, horizon);
      const passed = flow.got("out");
      assert.ok(!("forecast" in (passed[0] ?? {})), "there is none at first");
      assert.ok(passed.some(({ forecast: attached }) => attached !== undefined));
    });

    it("forecasts by the engine once it has seen a rhythm", async function () {
      this.timeout(20_000);
      await flow.load([valueNode, ...sinks]);
      const isFitted = ({ forecast }: Message): boolean =>
        (forecast as ValueForecast).model.name.startsWith("engine: ");
      // Five steps up, five steps down.
      const wave = (): object => ({ topic: "a", payload: Math.floor(Date.now() / 500) % 2 ? 10 : 50 });
      await sendUntil(wave, () => flow.got("each").some(isFitted));
      const { forecast } = flow.got("each").find(isFitted) ?? assert.fail();
      assert.ok((forecast as ValueForecast).model.skill > 0);
      const texts = (): unknown[] =>
        flow.node("f").status.args.map(([status]) => (status as Message)["text"]);
      await flow.until(() => texts().includes("1 series, 1 fitted"));
    });

    it("takes value and series from where it is told, or one series for all", async () => {
      const fields = { value: "data.t", series: "boiler", seriesType: "str" };
      await flow.load([{ ...valueNode, ...fields }, ...sinks]);
      await sendUntil(
        () => ({ data: { t: 5 } }),
        () => flow.got("each").length >= 1,
      );
      assert.equal(flow.got("each")[0]?.["topic"], "boiler");
    });

    for (const [what, msg, message] of [
      [
        "text that is no number",
        { topic: "a", payload: "warm" },
        /msg\.payload must be a finite number.*, got "warm"/,
      ],
      ["NaN", { topic: "a", payload: Number.NaN }, /msg\.payload must be a finite number.*, got NaN/],
      [
        "Infinity",
        { topic: "a", payload: Number.POSITIVE_INFINITY },
        /msg\.payload must be .*, got Infinity/,
      ],
      ["nothing", { topic: "a" }, /msg\.payload must be a finite number.*, got undefined/],
      ["no series", { payload: 1 }, /msg\.topic must name the series in 1 to 256 characters, got undefined/],
      [
        "an object for a series",
        { topic: {}, payload: 1 },
        /msg\.topic must name the series.*, got an object/,
      ],
    ] as const)
      it(`says what is wrong with ${what}, and goes on`, async () => {
        await flow.load([valueNode, ...sinks]);
        flow.send("f", msg);
        await flow.until(() => flow.node("f").error.args.length > 0);
        assert.match(firstError(), message);
        flow.send("f", { topic: "__proto__", payload: 3 });
        await flow.until(() => flow.got("out").length === 1);
      });
  });

  for (const [what, config, message] of [
    ["an unknown mode", { mode: "both" }, /mode must be one of session, value, got "both"/],
    ["a step of nothing", { stepMs: "0" }, /step \(ms\) must be .*, got "0"/],
    ["a horizon that is no number", { horizon: "far" }, /horizon \(steps\) must be .*, got "far"/],
    ["an unknown level", { level: "99" }, /level \(percent\) must be .*, got "99"/],
  ] as const)
    it(`says what is wrong with ${what}, and lets messages pass`, async () => {
      await flow.load([{ ...node, ...config }, ...sinks]);
      assert.match(firstError(), message);
      flow.send("f", { topic: "a", payload: 1 });
      await flow.until(() => flow.got("out").length === 1);
    });

  it("stops its timer when it is closed", async () => {
    await flow.load([node, ...sinks]);
    await sendUntil(
      () => ({ payload: "x", session }),
      () => flow.got("each").length >= 1,
    );
    const closing = flow.node("f");
    await (closing as unknown as { close(): Promise<void> }).close();
    const before = flow.got("each").length;
    await new Promise((later) => setTimeout(later, 2 * Number(STEP) + 20));
    assert.equal(flow.got("each").length, before);
  });
});
