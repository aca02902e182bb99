import assert from "node:assert/strict";
import fc from "fast-check";
import { LEAST_MOVE, MOST_MOVES, WeightLog } from "../../../src/core/route/weight-log.ts";

const REASONS = ["latency 12 ms", "latency 80 ms", "slow start", "errors in a row"];
const look = fc.record({
  shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  reason: fc.constantFrom(...REASONS),
  afterMs: fc.nat(20_000),
});

describe("WeightLog", () => {
  let log: WeightLog;
  beforeEach(() => {
    log = new WeightLog();
  });
  const see = (share: number, nowMs: number, reason = "latency 12 ms"): void =>
    log.see([{ host: "host-1", share, reason }], nowMs);

  it("has no move for the first weights, nor for noise", () => {
    see(0.5, 0);
    see(0.5 + LEAST_MOVE / 2, 1000);
    assert.deepEqual(log.moves, []);
  });

  it("takes steps of one way and reason for one move, with the latest reason", () => {
    see(0.5, 0);
    see(0.4, 1000, "latency 12 ms");
    see(0.3, 2000, "latency 80 ms");
    assert.deepEqual(log.moves, [
      { host: "host-1", from: 0.5, to: 0.3, sinceMs: 1000, atMs: 2000, reason: "latency 80 ms" },
    ]);
  });

  for (const [what, share, nowMs, reason] of [
    ["back", 0.5, 2000, "latency 12 ms"],
    ["after a pause", 0.3, 9000, "latency 12 ms"],
    ["for another reason", 0, 2000, "errors in a row"],
  ] as const)
    it(`takes a step ${what} for a move of its own`, () => {
      see(0.5, 0);
      see(0.4, 1000);
      see(share, nowMs, reason);
      assert.deepEqual(
        log.moves.map(({ from, to }) => [from, to]),
        [
          [0.5, 0.4],
          [0.4, share],
        ],
      );
    });

  it("sees slow drift too: it adds up to a move", () => {
    for (let i = 0; i <= 10; i++) see(0.5 - i * LEAST_MOVE * 0.5, i * 1000);
    assert.equal(log.moves.length, 1);
    assert.ok((log.moves[0]?.to ?? 1) <= 0.5 - 4 * LEAST_MOVE);
  });

  it("is bounded, in order of time, and each host's moves join without a gap", () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 80 }), (looks) => {
        const table = new WeightLog();
        let nowMs = 0;
        for (const { shares, reason, afterMs } of looks) {
          nowMs += afterMs;
          table.see(
            shares.map((share, i) => ({ host: `host-${i}`, share, reason })),
            nowMs,
          );
        }
        const { moves } = table;
        assert.ok(moves.length <= MOST_MOVES);
        for (const [i, move] of moves.entries()) {
          assert.ok(move.sinceMs <= move.atMs && move.atMs <= nowMs);
          assert.ok(i === 0 || (moves[i - 1]?.atMs ?? 0) <= move.atMs);
          assert.ok(Math.abs(move.to - move.from) >= LEAST_MOVE);
          const next = moves.slice(i + 1).find(({ host }) => host === move.host);
          assert.ok(next === undefined || next.from === move.to);
        }
      }),
    );
  });
});
