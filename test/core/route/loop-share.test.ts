import assert from "node:assert/strict";
import fc from "fast-check";
import { HostTable } from "../../../src/core/route/host-table.ts";
import { carriedCapacity, followShare, loopShare } from "../../../src/core/route/loop-share.ts";
import { hostLoad } from "../../support/host-load.ts";

const DECLARED = 100;
const delay = fc.double({ min: 0, max: 60_000, noNaN: true });
const rate = fc.double({ min: 0.1, max: 1e5, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("loopShare", () => {
  it("is a share, and never more for a loop that is held up for longer", () => {
    fc.assert(
      fc.property(delay, delay, rate, (a, b, messagesPerSec) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((ms) => loopShare(ms, { messagesPerSec }));
        assert.ok((more as number) > 0 && (less as number) <= 1 && (more as number) <= (less as number));
      }),
    );
  });

  it("takes nothing off for the work of the host's own messages", () => {
    fc.assert(
      fc.property(rate, (messagesPerSec) => {
        assert.equal(loopShare(2000 / messagesPerSec, { messagesPerSec }), 1);
      }),
    );
    assert.equal(loopShare(200, {}), 1);
  });

  it("is half where each interval is late by its own length", () => {
    assert.equal(loopShare(500 + 50 + 20, { messagesPerSec: DECLARED }), 0.5);
  });
});

describe("followShare", () => {
  it("goes toward the latest and never beyond it", () => {
    fc.assert(
      fc.property(share, share, fc.nat(60_000), (before, latest, elapsedMs) => {
        const next = followShare(before, latest, elapsedMs);
        assert.ok(next >= Math.min(before, latest) - 1e-12 && next <= Math.max(before, latest) + 1e-12);
      }),
    );
  });
});

describe("carriedCapacity", () => {
  it("is what was measured, else what is declared, where the loop is free", () => {
    assert.deepEqual(carriedCapacity({ messagesPerSec: 100, bytesPerSec: 9 }, undefined, 1), {
      messagesPerSec: 100,
      bytesPerSec: 9,
    });
    assert.deepEqual(carriedCapacity({ messagesPerSec: 100 }, 140, 1), { messagesPerSec: 140 });
    assert.deepEqual(carriedCapacity({}, undefined, 0.5), {});
  });

  it("never counts a held-up loop twice: a measured rate below what it leaves stays as it is", () => {
    assert.deepEqual(carriedCapacity({ messagesPerSec: 100 }, 40, 0.5), { messagesPerSec: 40 });
  });

  it("is never more for a smaller share", () => {
    fc.assert(
      fc.property(rate, fc.option(rate, { nil: undefined }), share, share, (prior, measured, a, b) => {
        const of = (left: number): number =>
          carriedCapacity({ messagesPerSec: prior }, measured, left).messagesPerSec as number;
        assert.ok(of(Math.min(a, b)) <= of(Math.max(a, b)));
      }),
    );
  });
});

describe("a host whose event loop is held up", () => {
  let table: HostTable;
  let nowMs: number;
  beforeEach(() => {
    table = new HostTable({
      declared: [{ host: "host-1", weight: 1, capacity: { messagesPerSec: DECLARED } }],
      discover: false,
    });
    nowMs = 1000;
  });
  /** Heartbeats for so long; the capacity that is believed then. */
  function beat(forMs: number, loopDelayP99Ms: number, incarnation = "a"): number {
    for (const end = nowMs + forMs; nowMs < end; nowMs += 500)
      table.heartbeat(hostLoad({ host: "host-1", loopDelayP99Ms, incarnation }), nowMs);
    return table.standing("host-1")?.capacity.messagesPerSec ?? Number.NaN;
  }

  it("has less capacity within 30 s though it never was busy, and all of it again when it is free", () => {
    assert.equal(beat(10_000, 5), DECLARED);
    const held = beat(30_000, 570);
    assert.ok(Math.abs(held - DECLARED / 2) < 1, `${held}`);
    assert.ok(beat(30_000, 5) > 0.99 * DECLARED);
  });

  it("loses little by one long pause", () => {
    beat(10_000, 5);
    const after = beat(500, 2000);
    assert.ok(after > 0.9 * DECLARED && after < DECLARED, `${after}`);
  });

  it("begins anew after a restart", () => {
    beat(30_000, 2000);
    assert.equal(beat(500, 0, "b"), DECLARED);
  });
});
