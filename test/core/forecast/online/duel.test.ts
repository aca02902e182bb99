import assert from "node:assert/strict";
import fc from "fast-check";
import { Duel } from "../../../../src/core/forecast/online/duel.ts";
import { linearScale } from "../../../../src/core/forecast/online/scale.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

/** Both forecast 0; the values are what they err by. */
function fight(
  duel: Duel,
  steps: number,
  errors: (step: number) => readonly [number, number],
  from = 0,
): void {
  for (let step = from; step < from + steps; step++) {
    const [held, challenging] = errors(step);
    duel.put(
      step,
      () => held,
      () => challenging,
    );
    duel.score(step + 1, 0);
  }
}

describe("duel of two forecasters", () => {
  it("is won by the challenger that errs less, after a few steps", () => {
    const duel = new Duel(linearScale, false);
    fight(duel, 4, () => [2, 1]);
    assert.equal(duel.isWon, false);
    assert.equal(duel.ratio, undefined, "of a few steps there is no ratio");
    fight(duel, 10, () => [2, 1], 4);
    assert.equal(duel.isWon, true);
    assert.ok(Math.abs((duel.ratio ?? 0) - 0.5) < 1e-9);
  });

  it("counts what differs, not the errors that both share", () => {
    const random = seededRandom(3);
    const duel = new Duel(linearScale, false);
    fight(duel, 300, () => {
      const both = random.next() * 100;
      return [both + 0.5 + random.next(), both + random.next()];
    });
    assert.equal(duel.isWon, true);
  });

  it("is seldom won by one that errs more, for a while, by chance", () => {
    let wins = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(100 + seed);
      const duel = new Duel(linearScale, false);
      fight(duel, 60, () => [random.next(), 1.3 * random.next()]);
      if (duel.isWon) wins++;
    }
    assert.ok(wins < 10, `${wins} of 200`);
  });

  it("is lost by a challenger that erred more of late", () => {
    const duel = new Duel(linearScale, true);
    fight(duel, 30, () => [2, 1]);
    fight(duel, 40, () => [1, 4], 30);
    assert.equal(duel.isWon, false);
  });

  it("stays as it is while neither errs less", () => {
    for (const isWon of [true, false]) {
      const duel = new Duel(linearScale, isWon);
      fight(duel, 50, () => [1, 1]);
      assert.equal(duel.isWon, isWon);
    }
  });

  it("judges no step of which either said nothing", () => {
    const duel = new Duel(linearScale, false);
    fight(duel, 50, (step) => (step % 2 ? [Number.NaN, 0] : [5, Number.NaN]));
    assert.deepEqual([duel.trials, duel.isWon], [0, false]);
  });

  it("takes whatever there is without a verdict by NaN", () => {
    const any = fc.oneof(fc.double(), fc.constantFrom(1e300, -1e300, Number.NaN, 0));
    fc.assert(
      fc.property(fc.array(fc.tuple(any, any), { maxLength: 60 }), (errors) => {
        const duel = new Duel(linearScale, false);
        fight(duel, errors.length, (step) => errors[step] ?? [0, 0]);
        fight(duel, 5000, () => [1, 1], errors.length);
        assert.equal(typeof duel.isWon, "boolean");
      }),
      { numRuns: 50 },
    );
  });
});
