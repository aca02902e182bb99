import assert from "node:assert/strict";
import { verdictOf } from "../../../src/adapters/monitor/verdict.ts";

type Host = Parameters<typeof verdictOf>[0]["hosts"][number];

const host = (name: string, more: Partial<Host> = {}): Host => ({
  host: name,
  state: "up",
  capacity: { messagesPerSec: 100 },
  isMeasured: false,
  messagesPerSec: 10,
  bytesPerSec: 1000,
  utilisation: 0.1,
  slots: 1,
  isDrainAsked: false,
  ...more,
});
const seen = (hosts: readonly Host[], ahead: Readonly<Record<string, [number[], number[]]>> = {}) => ({
  hosts,
  threshold: 0.85,
  leadTimeMs: 15_000,
  nowMs: 1000,
  forecast: {
    atMs: 0,
    stepMs: 5000,
    hosts: Object.entries(ahead).map(([name, [median, upper]]) => ({
      host: name,
      median,
      lower: median,
      upper,
    })),
  },
});

describe("verdictOf", () => {
  const calm = host("host-1");

  it("tells what is sure before what is expected: a host that is away, then one that is saturated", () => {
    const full = host("host-2", { utilisation: 0.97 });
    assert.equal(verdictOf(seen([calm, full, host("host-3", { state: "gone" })])).host, "host-3");
    assert.deepEqual(verdictOf(seen([calm, full])), {
      level: "over",
      key: "saturated",
      host: "host-2",
      load: 0.97,
    });
  });

  it("tells which host the planner expects to saturate within its lead time", () => {
    const verdict = verdictOf(seen([calm, host("host-2", { predictedPeak: 0.93 })]));
    assert.deepEqual(verdict, { level: "warning", key: "soon", host: "host-2", load: 0.93, inMs: 15_000 });
  });

  it("tells the first host that crosses the threshold after that, and when", () => {
    const ahead: Parameters<typeof seen>[1] = {
      "host-1": [
        [0.1, 0.2, 0.3, 0.9],
        [0.2, 0.3, 0.9, 1],
      ],
      "host-2": [
        [0.1, 0.2, 0.9, 0.9],
        [0.2, 0.3, 1, 1],
      ],
    };
    assert.deepEqual(verdictOf(seen([calm, host("host-2")], ahead)), {
      level: "warning",
      key: "later",
      host: "host-2",
      inMs: 9000,
    });
  });

  it("calls possible what only the upper bound says", () => {
    const verdict = verdictOf(
      seen([calm], {
        "host-1": [
          [0.1, 0.2],
          [0.3, 0.95],
        ],
      }),
    );
    assert.deepEqual(verdict, { level: "fine", key: "maybe", host: "host-1", inMs: 4000 });
  });

  it("is not alarmed by one point alone, nor by what is now", () => {
    const ahead: Parameters<typeof seen>[1] = {
      "host-1": [
        [0.9, 0.1, 0.9, 0.1],
        [0.9, 0.2, 0.9, 0.2],
      ],
    };
    assert.equal(verdictOf(seen([calm], ahead)).key, "fine");
  });

  it("is calm where nothing is to be feared, and says where nothing is known", () => {
    assert.equal(verdictOf(seen([calm])).key, "fine");
    assert.equal(verdictOf(seen([host("host-1", { capacity: {} })])).key, "unknown");
  });
});
