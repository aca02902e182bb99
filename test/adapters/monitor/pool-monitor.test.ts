import assert from "node:assert/strict";
import type { HostSnapshot } from "../../../src/adapters/monitor/views.ts";
import { MonitoredPool } from "../../support/monitored-pool.ts";
import { profileLike } from "../../support/session-profiles.ts";

const page = { search: "", sort: "rate", isDescending: true, page: 0, size: 50 } as const;

describe("PoolMonitor", () => {
  let pool: MonitoredPool;
  beforeEach(() => {
    pool = new MonitoredPool();
  });
  afterEach(() => pool.close());

  it("tells each host's load, capacity and slots", () => {
    const owner = pool.take("cam-7", 50);
    pool.clock.advance(200);
    const { hosts, threshold } = pool.monitor.snapshot(0);
    assert.equal(threshold, 0.85);
    const host = hosts.find(({ slots }) => slots === 1);
    assert.equal(host?.host, owner);
    assert.ok(
      host && host.messagesPerSec > 0 && Math.abs(host.utilisation - host.messagesPerSec / 100) < 0.001,
    );
  });

  it("predicts no peak below what a host has now: the lead time begins now", async () => {
    const owner = (): HostSnapshot =>
      pool.monitor.snapshot(0).hosts.find(({ slots }) => slots === 1) ?? assert.fail("nobody owns it");
    pool.take("cam-7", 50);
    pool.clock.advance(200);
    // Whatever is ordered, a plan follows.
    pool.monitor.order({ action: "pause", on: false });
    await pool.settled();
    const planned = owner().predictedPeak ?? assert.fail("nothing is predicted");
    pool.take("cam-7", 500);
    pool.clock.advance(200);
    const { utilisation, predictedPeak } = owner();
    assert.ok(utilisation > planned, `${utilisation} after ${planned}`);
    assert.equal(predictedPeak, utilisation);
  });

  it("tells how long a host takes, of what was fed back, and nothing of hosts that were never measured", () => {
    for (let i = 0; i < 99; i++) pool.gateway.feedback({ host: "host-2", latencyMs: 5, failed: false });
    pool.gateway.feedback({ host: "host-2", latencyMs: 80, failed: false });
    pool.gateway.feedback({ host: "stranger", latencyMs: 80, failed: false });
    pool.clock.advance(200);
    const latencies = pool.monitor.snapshot(0).hosts.map(({ host, latency }) => [host, latency] as const);
    assert.deepEqual(
      latencies.map(([host, latency]) => [host, latency !== undefined]),
      [
        ["host-1", false],
        ["host-2", true],
        ["host-3", false],
      ],
    );
    const { p50Ms = 0, p99Ms = 0 } = latencies[1]?.[1] ?? {};
    assert.ok(p50Ms > 4.5 && p50Ms < 5.5 && p99Ms < 5.5, `${p50Ms}, ${p99Ms} ms`);
    assert.equal(pool.gateway.latency("stranger"), undefined);
  });

  it("tells whoever polls each value of the past once, whenever they ask", () => {
    const told: number[] = [];
    let since = 0;
    const poll = (): void => {
      const { fromMs, stepMs, hosts } = pool.monitor.snapshot(since).history;
      const times = hosts[0]?.utilisation.flatMap((value, i) =>
        value === null ? [] : [fromMs + i * stepMs],
      );
      told.push(...(times ?? []));
      since = told.at(-1) ?? 0;
    };
    for (let i = 0; i < 40; i++) {
      pool.clock.advance(700);
      if (i % 3 === 1) pool.monitor.sample();
      poll();
    }
    assert.deepEqual(
      told,
      [...new Set(told)].toSorted((a, b) => a - b),
    );
    assert.equal(told.length, 13, "the first, and one for each later step that was sampled");
  });

  it("forecasts a host from the sessions it has: those that may be trusted, else what is measured stays", () => {
    pool.take("steady", 50);
    pool.take("rising", 50);
    const atMs = pool.clock.now();
    const messages = Array.from({ length: 60 }, (_, i) => (i < 6 ? 20 : 160));
    pool.sessions.entry("rising").profile = profileLike({ sessionId: "rising", atMs, messages });
    pool.sessions.entry("steady").profile = profileLike({ sessionId: "steady", atMs, messages, skill: 0 });
    const { forecast } = pool.monitor.snapshot(0);
    const steady = pool.gateway.session("steady")?.rate(atMs).messagesPerSec ?? Number.NaN;
    const sum = (points: readonly { median: readonly number[] }[], i: number): number =>
      points.reduce((total, { median }) => total + (median[i] ?? 0), 0);
    assert.equal(forecast.stepMs, 5000);
    assert.ok(Math.abs(sum(forecast.hosts, 0) - (10 + steady) / 100) < 0.002);
    assert.ok(Math.abs(sum(forecast.hosts, 10) - (80 + steady) / 100) < 0.002);
    for (const { median, lower, upper } of forecast.hosts)
      median.forEach((value, i) => {
        assert.ok((lower[i] ?? 1) <= value && value <= (upper[i] ?? 0));
      });
  });

  it("pages through 10,000 sessions within 200 ms a page, each exactly once", () => {
    for (let i = 0; i < 10_000; i++) pool.take(`device-${i}`, 1 + (i % 3));
    const seen = new Set<string>();
    let slowest = 0;
    for (let number = 0; number < 50; number++) {
      // Of this process: others may have the machine.
      const start = process.cpuUsage();
      const { rows, found } = pool.monitor.page({ ...page, page: number, size: 200 });
      slowest = Math.max(slowest, process.cpuUsage(start).user / 1000);
      assert.equal(found, 10_000);
      for (const { id } of rows) seen.add(id);
    }
    assert.equal(seen.size, 10_000);
    assert.ok(slowest < 200, `${slowest} ms`);
  });

  it("sorts by what is asked, and finds by id, owner and pattern in any case", () => {
    pool.take("Pump-1", 3);
    pool.take("pump-2", 9);
    const owner = pool.take("cam-7", 6);
    const ids = (more: object): string[] => pool.monitor.page({ ...page, ...more }).rows.map(({ id }) => id);
    assert.deepEqual(ids({}), ["pump-2", "cam-7", "Pump-1"]);
    assert.deepEqual(ids({ isDescending: false }), ["Pump-1", "cam-7", "pump-2"]);
    assert.deepEqual(ids({ search: "PUMP", sort: "id", isDescending: false }), ["Pump-1", "pump-2"]);
    assert.ok(ids({ search: owner }).includes("cam-7"));
    assert.deepEqual(ids({ search: "unknown" }).length, 3);
    assert.equal(pool.monitor.page({ ...page, page: 99, size: 2 }).page, 1, "beyond the end: the last page");
  });

  it("shows a session with its forecast and what happened to it", async () => {
    const from = pool.take("cam-7", 3);
    const to = from === "host-1" ? "host-2" : "host-1";
    const atMs = pool.clock.now();
    pool.sessions.entry("cam-7").profile = profileLike({ sessionId: "cam-7", atMs, messages: [1, 2] });
    pool.monitor.order({ action: "pin", sessionId: "cam-7", host: to });
    await pool.settled();
    const detail = pool.monitor.detail("cam-7") ?? assert.fail();
    assert.equal(detail.owner, to);
    assert.equal(detail.pinnedTo, to);
    assert.deepEqual(detail.forecast?.messages.upper, [1, 2]);
    assert.deepEqual(
      detail.marks.map(({ kind }) => kind),
      ["pin", "shifted"],
    );
    assert.equal(pool.monitor.detail("nobody"), undefined);
  });

  it("keeps a pinned session where it is, and drains a host of all others", async () => {
    for (let i = 0; i < 9; i++) pool.take(`device-${i}`, 1);
    const slotsOf = (host: string): number =>
      pool.gateway.hosts().find((view) => view.host === host)?.slots ?? Number.NaN;
    pool.monitor.order({ action: "pin", sessionId: "device-0", host: "host-2" });
    await pool.settled();
    pool.monitor.order({ action: "drain", host: "host-1", on: true });
    await pool.settled();
    pool.clock.advance(200);
    assert.equal(slotsOf("host-1"), 0);
    assert.equal(pool.monitor.snapshot(0).hosts.find(({ host }) => host === "host-1")?.state, "draining");
    assert.notEqual(pool.take("another"), "host-1");
    assert.throws(() => pool.monitor.order({ action: "pin", sessionId: "device-1", host: "host-1" }), {
      code: "NO_HOST",
    });
    pool.monitor.order({ action: "drain", host: "host-1", on: false });
    assert.equal(pool.monitor.snapshot(0).hosts.find(({ host }) => host === "host-1")?.state, "declared");
  });

  it("does what it is told while paused, and reports only in a dry run", async () => {
    pool.take("device-0");
    const first = pool.take("device-0") ?? assert.fail();
    pool.monitor.order({ action: "pause", on: true });
    pool.monitor.order({ action: "drain", host: first, on: true });
    await pool.settled();
    const host = pool.take("device-0") ?? assert.fail();
    assert.notEqual(host, first, "paused");
    pool.monitor.order({ action: "drain", host: first, on: false });
    pool.monitor.order({ action: "dry-run", on: true });
    pool.monitor.order({ action: "pause", on: false });
    pool.monitor.order({ action: "drain", host, on: true });
    await pool.settled();
    assert.equal(pool.take("device-0"), host, "dry run");
    assert.match(pool.monitor.decisions(0, 1)[0]?.reason ?? "", /^dry run: .*draining/);
    const told = pool.monitor.log.last;
    pool.monitor.order({ action: "dry-run", on: true });
    await pool.settled();
    assert.equal(pool.monitor.log.last, told + 1, "the same plan at each step is told once");
    pool.monitor.order({ action: "dry-run", on: false });
    await pool.settled();
    assert.notEqual(pool.take("device-0"), host);
  });

  it("logs decisions newest first, but not each first message", async () => {
    pool.take("cam-7");
    assert.deepEqual(pool.monitor.decisions(0, 10), []);
    pool.monitor.order({ action: "pause", on: true });
    pool.monitor.order({ action: "pause", on: false });
    const [latest, before] = pool.monitor.decisions(0, 10);
    assert.deepEqual([latest?.n, before?.n], [2, 1]);
    assert.deepEqual(pool.monitor.decisions(1, 10), [latest]);
  });

  it("has nothing to show once it is closed", () => {
    pool.monitor.close();
    assert.throws(() => pool.monitor.snapshot(0), { code: "BAD_CONFIG" });
    assert.equal(pool.monitor.head.isGateway, false);
  });
});
