import assert from "node:assert/strict";
import { metricsText } from "../../../src/adapters/monitor/metrics.ts";
import { MonitoredPool } from "../../support/monitored-pool.ts";

describe("metricsText", () => {
  let pool: MonitoredPool;
  beforeEach(() => {
    pool = new MonitoredPool();
  });
  afterEach(() => pool.close());

  const text = async (accept = ""): Promise<string> => (await metricsText([pool.monitor], accept)).text;

  it("has one series per host and per pattern, however many sessions there are", async () => {
    pool.take("device-0");
    const few = (await text()).split("\n").length;
    for (let i = 0; i < 500; i++) pool.take(`device-${i}`);
    const all = await text();
    assert.equal(all.split("\n").length, few);
    assert.doesNotMatch(all, /device-/);
    assert.match(all, /^session_stitching_sessions\{pool="pool",pattern="unknown"\} 500$/m);
  });

  it("has a histogram of each host's latency, in seconds", async () => {
    for (const latencyMs of [0.4, 3, 3, 40_000])
      pool.gateway.feedback({ host: "host-2", latencyMs, failed: false });
    const all = await text();
    const of = (name: string, le = ""): string | undefined =>
      new RegExp(
        `^session_stitching_host_latency_seconds_${name}\\{pool="pool",host="host-2"${le}\\} (.*)$`,
        "m",
      ).exec(all)?.[1];
    assert.match(all, /^# TYPE session_stitching_host_latency_seconds histogram$/m);
    assert.deepEqual(
      ["0.001", "0.0025", "0.005", "30", "+Inf"].map((le) => of("bucket", `,le="${le.replace("+", "\\+")}"`)),
      ["1", "1", "3", "3", "4"],
    );
    assert.equal(of("count"), "4");
    assert.ok(Math.abs(Number(of("sum")) - 40.0064) < 1e-9);
    assert.equal(
      (await text("application/openmetrics-text")).match(/host_latency_seconds_count/g)?.length,
      1,
    );
  });

  it("counts plan events by kind", async () => {
    for (let i = 0; i < 5; i++) pool.take(`device-${i}`);
    assert.match(await text(), /^session_stitching_plan_events_total\{pool="pool",kind="opened"\} 5$/m);
  });

  it("speaks OpenMetrics where that is accepted", async () => {
    const accept = "application/openmetrics-text; version=1.0.0";
    const { text: open, contentType } = await metricsText([pool.monitor], accept);
    assert.match(contentType, /openmetrics/);
    assert.match(open, /# EOF\n?$/);
    assert.match((await metricsText([pool.monitor], "text/plain")).contentType, /^text\/plain/);
  });

  it("is well formed with a host's name of any characters", async () => {
    const odd = 'a"b\\c\nd';
    const oddPool = new MonitoredPool({ hosts: [{ host: odd, capacity: {}, weight: 1 }] });
    const { text: all } = await metricsText([oddPool.monitor], "");
    for (const line of all.trim().split("\n"))
      assert.match(line, /^(#.*|\w+(\{(\w+="(\\.|[^"\\])*",?)*\})? \S+)?$/);
    await oddPool.close();
  });
});
