import assert from "node:assert/strict";
import { LstmForecaster, lstmMember } from "../../../../src/core/forecast/lstm/index.ts";
import { initialParameters } from "../../../../src/core/forecast/lstm/initial.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const member = lstmMember(
  new LstmForecaster(initialParameters({ patch: 4, horizon: 6, hidden: 4 }, seededRandom(1)), 8),
);

function past(length: number): { values: Float64Array; seen: Uint8Array } {
  const values = Float64Array.from({ length }, (_, t) => (t % 6 === 0 ? 900 : 100));
  return { values, seen: new Uint8Array(length).fill(1) };
}

describe("lstmMember", () => {
  it("gives the same paths one by one and all at once", () => {
    const known = past(80);
    const view = member.fit(known, 60);
    assert.ok(view);
    const origins = [60, 63, 71];
    const single = origins.map((origin) => member.path(view, known, origin, 7));
    assert.deepEqual(member.paths(view, known, origins, 7), single);
    assert.equal(single[0]?.length, 7);
  });

  it("has no model of too short a past", () => {
    assert.equal(member.fit(past(11), 11), undefined);
    const gaps = past(40);
    gaps.seen.fill(0, 5);
    assert.equal(member.fit(gaps, 40), undefined);
  });

  it("is told nothing by values that bridge a gap", () => {
    const [bridged, other] = [past(80), past(80)];
    for (const known of [bridged, other]) known.seen.fill(0, 50, 55);
    other.values.fill(5000, 50, 55);
    const view = member.fit(bridged, 80);
    assert.ok(view);
    assert.deepEqual(member.fit(other, 80), view);
    assert.deepEqual(member.path(view, other, 80, 6), member.path(view, bridged, 80, 6));
  });
});
