import assert from "node:assert/strict";
import fc from "fast-check";
import { membersOf, withMember } from "../../../src/core/forecast/member-weights.ts";

const weighed = fc.array(fc.tuple(fc.string(), fc.double({ min: 0, max: 1e6, noNaN: true })), {
  maxLength: 20,
});
const total = (members: readonly { weight: number }[]): number =>
  members.reduce((sum, { weight }) => sum + weight, 0);

describe("members of a forecast", () => {
  it("sum to 1, the heaviest first, whatever the scale of their weights", () => {
    fc.assert(
      fc.property(weighed, (weights) => {
        const members = membersOf(weights);
        if (members.length === 0) assert.ok(weights.every(([, weight]) => weight === 0));
        else assert.ok(Math.abs(total(members) - 1) <= 0.001 * members.length);
        assert.deepEqual(
          members,
          members.toSorted((a, b) => b.weight - a.weight),
        );
      }),
    );
  });

  it("leaves out what counts for nothing", () => {
    assert.deepEqual(
      membersOf([
        ["ses", 1],
        ["arima", 3],
        ["noise", 0.001],
      ]),
      [
        { name: "arima", weight: 0.75 },
        { name: "ses", weight: 0.25 },
      ],
    );
  });

  it("keep the skill of those that were tried alone", () => {
    const members = membersOf([
      ["arima", 3, 0.51249],
      ["ses", 1, undefined],
    ]);
    assert.deepEqual(withMember(members, "profile meter", 0.5), [
      { name: "profile meter", weight: 0.5 },
      { name: "arima", weight: 0.375, skill: 0.512 },
      { name: "ses", weight: 0.125 },
    ]);
    assert.deepEqual(membersOf([["arima", 1, Number.NaN]]), [{ name: "arima", weight: 1 }]);
  });

  it("makes room for another in proportion", () => {
    const members = withMember(
      [
        { name: "arima", weight: 0.75 },
        { name: "ses", weight: 0.25 },
      ],
      "profile meter",
      0.6,
    );
    assert.deepEqual(members, [
      { name: "profile meter", weight: 0.6 },
      { name: "arima", weight: 0.3 },
      { name: "ses", weight: 0.1 },
    ]);
  });
});
