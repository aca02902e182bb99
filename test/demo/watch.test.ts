import assert from "node:assert/strict";
import { type Drain, isDrained } from "../../src/demo/watch.ts";

const drain = (extra: Partial<Drain>): Drain => ({
  stoppedMs: 0,
  nowMs: 0,
  lastResultMs: 0,
  outstanding: 1,
  isHasty: false,
  ...extra,
});

describe("isDrained", () => {
  it("needs no waiting when all is accounted for", () => {
    assert.equal(isDrained(drain({ outstanding: 0 })), true);
    assert.equal(isDrained(drain({})), false);
  });

  it("waits while outputs still come, and 15 s after the last one", () => {
    assert.equal(isDrained(drain({ nowMs: 29_000, lastResultMs: 14_500 })), false);
    assert.equal(isDrained(drain({ nowMs: 29_500, lastResultMs: 14_500 })), true);
    assert.equal(isDrained(drain({ nowMs: 14_999 })), false);
    assert.equal(isDrained(drain({ nowMs: 15_000 })), true);
  });

  it("ends at two minutes even if outputs still come, at 5 s after Ctrl-C", () => {
    assert.equal(isDrained(drain({ nowMs: 120_000, lastResultMs: 119_999 })), true);
    assert.equal(isDrained(drain({ nowMs: 5_000, lastResultMs: 4_999, isHasty: true })), true);
  });
});
