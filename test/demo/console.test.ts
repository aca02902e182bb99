import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { PlanEvent } from "../../src/core/stitch/protocol.ts";
import { ConsoleView, planEventOf } from "../../src/demo/console.ts";

const event = (extra: Partial<PlanEvent> = {}): PlanEvent => ({
  kind: "mirrored",
  atMs: 0,
  sessionId: "cam-1",
  slot: 0,
  epoch: 1,
  from: "host-1",
  to: "host-2",
  reason: "host-1 peak 0.93 at +15 s",
  ...extra,
});

describe("ConsoleView", () => {
  it("says rate, utilisation and the next minute's peak per host", () => {
    const view = new ConsoleView(["host-1", "host-2"], 100);
    for (let i = 0; i < 300; i++) view.sent("cam-1");
    for (let i = 0; i < 200; i++) view.result("host-1", "cam-1");
    for (let i = 0; i < 100; i++) view.result("host-2", "cam-1");
    view.profile({
      sessionId: "cam-1",
      atMs: 0,
      stepMs: 10_000,
      horizon: 3,
      messages: { median: [60, 90, 30] },
    });
    assert.deepEqual(view.lines(65_000, 0, 5_000), [
      "01:05  devices 1, sessions 1, 60 msg/s | host-1 0.40 → 0.60 | host-2 0.20 → 0.30",
    ]);
  });

  it("takes the last step to go on where the minute reaches beyond the horizon", () => {
    const view = new ConsoleView(["host-1"], 100);
    view.sent("cam-1");
    view.result("host-1", "cam-1");
    const messages = { median: [10, 20, 30] };
    view.profile({ sessionId: "cam-1", atMs: 0, stepMs: 1_000, horizon: 3, messages });
    assert.match(view.lines(40_000, 40_000, 1_000)[0] ?? "", /host-1 0\.01 → 0\.30/);
  });

  it("starts each interval anew, and says that a host is gone", () => {
    const view = new ConsoleView(["host-1"], 100);
    view.sent("d");
    view.lines(0, 0, 5_000);
    view.gone("host-1");
    assert.deepEqual(view.lines(5_000, 5_000, 5_000), [
      "00:05  devices 1, sessions 0, 0 msg/s | host-1 gone",
    ]);
  });

  it("says in one line what became of the slots of a session, and why", () => {
    const view = new ConsoleView([], 100);
    view.plan(event());
    view.plan(event({ slot: 1 }));
    view.plan(event({ kind: "shifted", sessionId: "cam-2", reason: "full" }));
    view.plan(event({ kind: "opened", sessionId: "quiet" }));
    const [, ...lines] = view.lines(0, 0, 5_000);
    assert.deepEqual(lines, [
      "       stitched cam-1, 2 slots, host-1 → host-2: host-1 peak 0.93 at +15 s",
      "       shifted cam-2, 1 slot, host-1 → host-2: full",
    ]);
    assert.equal(view.lines(0, 0, 5_000).length, 1);
  });

  it("tells how long the slots of a host that was killed had no owner: the longest of them", () => {
    const view = new ConsoleView(["host-1", "host-2"], 50);
    assert.equal(view.counts.failoverMs, undefined);
    view.killed("host-1", 1000);
    const from = event({ kind: "failed-over" });
    view.plan({ ...from, atMs: 1030 });
    view.plan({ ...from, atMs: 1080 });
    view.plan({ ...from, from: "host-2", atMs: 9000 });
    assert.equal(view.counts.failoverMs, 80);
  });

  it("counts stitches, shifts and failovers over the whole run", () => {
    const view = new ConsoleView([], 100);
    for (const kind of ["mirrored", "mirrored", "shifted", "failed-over", "warm", "retired"] as const)
      view.plan(event({ kind }));
    view.lines(0, 0, 5_000);
    assert.deepEqual(view.counts, { stitches: 2, shifts: 1, failovers: 1 });
  });
});

describe("planEventOf", () => {
  it("takes plan events only, and never throws", () => {
    assert.equal(planEventOf(JSON.stringify(event()))?.sessionId, "cam-1");
    for (const text of ["", "null", "7", "{}", '{"kind":"warm","sessionId":"d"}'])
      assert.equal(planEventOf(text), undefined);
    fc.assert(fc.property(fc.json(), (text) => void planEventOf(text)));
  });
});
