import assert from "node:assert/strict";
import { linearScale, log1pScale } from "../../../../src/core/forecast/online/scale.ts";
import { SimpleSmoothing } from "../../../../src/core/forecast/online/simple-smoothing.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const feed = (smoothing: SimpleSmoothing, values: readonly number[]): void =>
  values.forEach((value, i) => {
    smoothing.observe(i + 1, value);
  });

describe("simple smoothing", () => {
  it("smooths much where values scatter about a mean", () => {
    const random = seededRandom(1);
    const smoothing = new SimpleSmoothing(linearScale);
    feed(
      smoothing,
      Array.from({ length: 300 }, () => 10 + random.next() - 0.5),
    );
    assert.ok(smoothing.alpha <= 0.05, `alpha ${smoothing.alpha}`);
    assert.ok(Math.abs(smoothing.level - 10) < 0.1);
  });

  it("follows where values wander", () => {
    const random = seededRandom(2);
    const smoothing = new SimpleSmoothing(linearScale);
    let value = 0;
    feed(
      smoothing,
      Array.from({ length: 300 }, () => (value += random.next() - 0.5)),
    );
    assert.ok(smoothing.alpha >= 0.7, `alpha ${smoothing.alpha}`);
  });

  it("starts from the mean of its first values, not from the first", () => {
    const smoothing = new SimpleSmoothing(linearScale);
    feed(smoothing, [100, 0, 0, 0]);
    assert.ok(smoothing.level <= 25, `${smoothing.level}`);
  });

  it("keeps its level over missing values", () => {
    const smoothing = new SimpleSmoothing(log1pScale);
    feed(smoothing, [5, 5, Number.NaN, Number.NaN]);
    assert.ok(Math.abs(log1pScale.from(smoothing.level) - 5) < 1e-9);
  });

  it("expects none of sparse counts, where a mean would err twice as much", () => {
    const random = seededRandom(3);
    const smoothing = new SimpleSmoothing(log1pScale);
    feed(
      smoothing,
      Array.from({ length: 200 }, () => (random.next() < 0.3 ? 1 : 0)),
    );
    assert.equal(smoothing.level, 0);
  });
});
