import assert from "node:assert/strict";
import { ConformalBand } from "../../../../src/core/forecast/online/conformal-band.ts";
import { linearScale } from "../../../../src/core/forecast/online/scale.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

/** Share of `residuals` that fell into the interval that stood before each, once 100 were seen. */
function coverage(band: ConformalBand, residuals: readonly number[]): number {
  let inside = 0;
  for (const [i, residual] of residuals.entries()) {
    const [lower, upper] = band.offsets(0);
    if (i >= 100 && residual >= lower && residual <= upper) inside++;
    band.add(0, residual);
  }
  return inside / (residuals.length - 100);
}

describe("conformal band", () => {
  for (const level of [80, 90, 95] as const) {
    it(`covers ${level} % of skewed errors, within 3 points`, () => {
      const random = seededRandom(level);
      const skewed = Array.from({ length: 5000 }, () => -Math.log(1 - random.next()) - Math.LN2);
      const share = coverage(new ConformalBand(level, linearScale), skewed);
      assert.ok(Math.abs(share - level / 100) < 0.03, `${share}`);
    });
  }

  it("keeps covering when errors grow sixfold half way", () => {
    const random = seededRandom(3);
    const growing = Array.from({ length: 4000 }, (_, i) => (random.next() - 0.5) * (i < 2000 ? 1 : 6));
    const share = coverage(new ConformalBand(80, linearScale), growing);
    assert.ok(Math.abs(share - 0.8) < 0.03, `${share}`);
  });

  it("is as lopsided as the errors", () => {
    const random = seededRandom(4);
    const band = new ConformalBand(80, linearScale);
    for (let i = 0; i < 500; i++) band.add(0, -Math.log(1 - random.next()) - Math.LN2);
    const [lower, upper] = band.offsets(0);
    // Quantiles 0.1 and 0.9 of that distribution: -0.59 and 1.61.
    assert.ok(lower > -0.7 && lower < -0.4 && upper > 1.1, `${lower}..${upper}`);
  });

  it("takes a longer horizon's interval from a shorter one until it has errors of its own", () => {
    const band = new ConformalBand(80, linearScale);
    assert.deepEqual(band.offsets(3), [0, 0]);
    for (const residual of [-2, 2, -2, 2]) band.add(0, residual);
    assert.deepEqual(band.offsets(3), band.offsets(0));
    band.add(3, 7);
    assert.deepEqual(band.offsets(3), [0, 7]);
  });

  it("widens with the level", () => {
    const random = seededRandom(6);
    const band = new ConformalBand(80, linearScale);
    for (let i = 0; i < 64; i++) band.add(0, random.next() - 0.5);
    const narrow = band.offsets(0);
    band.setLevel(95);
    const wide = band.offsets(0);
    assert.ok(wide[0] < narrow[0] && wide[1] > narrow[1]);
  });
});
