import assert from "node:assert/strict";
import fc from "fast-check";
import { groupDecisions } from "../../../src/adapters/monitor/decision-groups.ts";
import type { Decision } from "../../../src/adapters/monitor/views.ts";

const shifted = (n: number, slot: number, atMs: number, to = "host-2"): Decision => ({
  n,
  atMs,
  kind: "shifted",
  reason: "host-1 peak 0.93",
  sessionId: "cam-1",
  slot,
  from: "host-1",
  to,
});

describe("groupDecisions", () => {
  it("makes one line of what was done to a session's slots in one step", () => {
    const groups = groupDecisions([
      shifted(4, 7, 1300),
      shifted(3, 5, 1200, "host-3"),
      shifted(2, 3, 1100),
      shifted(1, 2, 1000),
    ]);
    assert.deepEqual(
      groups.map(({ decision, slots }) => [decision.n, slots]),
      [
        [4, [7, 3, 2]],
        [3, [5]],
      ],
    );
  });

  it("keeps apart what was done later, and the same slot twice", () => {
    assert.equal(groupDecisions([shifted(2, 3, 9000), shifted(1, 2, 1000)]).length, 2);
    assert.equal(groupDecisions([shifted(2, 3, 1200), shifted(1, 3, 1000)]).length, 2);
  });

  it("tells of what leads to a shift only while it is the latest of its slot", () => {
    const steps = ["shifted", "shifting", "warm", "mirrored"] as const;
    const decisions = steps.map((kind, i) => ({ ...shifted(9 - i, 3, 5000 - 100 * i), kind }));
    const kinds = (from: number): string[] =>
      groupDecisions(decisions.slice(from)).map(({ decision }) => decision.kind);
    assert.deepEqual(kinds(0), ["shifted", "mirrored"]);
    assert.deepEqual(kinds(1), ["shifting", "mirrored"]);
    assert.deepEqual(kinds(2), ["warm", "mirrored"]);
  });

  it("loses no slot and keeps the order", () => {
    const step = fc.record({ slot: fc.nat(7), gap: fc.nat(4000), to: fc.constantFrom("host-2", "host-3") });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let atMs = 1e6;
        const decisions = steps.map(({ slot, gap, to }, i) => {
          atMs -= gap;
          return shifted(steps.length - i, slot, atMs, to);
        });
        const groups = groupDecisions(decisions);
        assert.equal(
          groups.reduce((sum, { slots }) => sum + slots.length, 0),
          decisions.length,
        );
        const order = groups.map(({ decision }) => decision.n);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => b - a),
        );
      }),
    );
  });
});
