import assert from "node:assert/strict";
import { expected } from "../../../../src/core/forecast/history/season.ts";
import { gaugeCells, SeasonGauge } from "../../../../src/core/forecast/history/season-gauge.ts";
import { type StepKind, Tier } from "../../../../src/core/forecast/history/tier.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const DAY = 96;
const WEEK = 672;
const BIN_MS = 900_000;
/** Of a step: what came, or why nothing is known. */
type Came = (day: number, hour: number) => number | Exclude<StepKind, "seen">;

/** A tier that lived through days, with a gauge beside it. */
function lived(days: number, came: Came): { tier: Tier; gauge: SeasonGauge } {
  const tier = new Tier({ stepMs: BIN_MS / 3, binMs: BIN_MS, bins: 15 * DAY });
  const gauge = new SeasonGauge(tier, [DAY, WEEK], { cells: new Float32Array(gaugeCells(2)), from: 0 });
  for (let step = 0; step <= 3 * DAY * days; step++) {
    const bin = Math.floor(step / 3);
    const what = came(Math.floor(bin / DAY), (bin % DAY) / 4);
    const isClosed = typeof what === "number" ? tier.add(step, "seen", what) : tier.add(step, what, 0);
    if (isClosed) gauge.judge();
  }
  return { tier, gauge };
}
const random = seededRandom(11);
const office = (hour: number): number => (hour >= 8 && hour < 18 ? 50 + 10 * random.next() : 2);
const saidAt = (tier: Tier, day: number, hour: number, season: number): number =>
  Math.expm1(expected(tier, day * DAY + 4 * hour, season)?.log ?? Number.NaN) / 3;

describe("a season's gauge", () => {
  it("says nothing before two cycles are known, then tries the shortest", () => {
    assert.equal(lived(2, (_, hour) => office(hour)).gauge.candidate, undefined);
    assert.deepEqual(lived(2.5, (_, hour) => office(hour)).gauge.candidate?.season, DAY);
  });

  it("finds a day's season on the fourth day, and how much better it is than 'as it is'", () => {
    const found = lived(3.1, (_, hour) => office(hour)).gauge.candidate;
    assert.ok(found && found.season === DAY && found.ratio < 0.8, `${found?.ratio}`);
  });

  it("finds none where there is none", () => {
    assert.equal(lived(6, () => 20 + 10 * random.next()).gauge.candidate?.carry, 0, "only a mean");
    let level = 50;
    const walk = (): number => {
      level = Math.max(1, level * (0.9 + 0.2 * random.next()));
      return level;
    };
    assert.equal(lived(6, walk).gauge.candidate, undefined);
  });

  it("keeps apart weekdays and weekends after two weeks", () => {
    const { tier, gauge } = lived(19.3, (day, hour) => (day % 7 < 5 ? office(hour) : 2));
    assert.equal(gauge.candidate?.season, WEEK);
    assert.ok(saidAt(tier, 19, 9, WEEK) < 4, "a Saturday");
    assert.ok(saidAt(tier, 21, 9, WEEK) > 45, "a Monday");
  });

  it("is not misled by a day on which the device or the gateway was off", () => {
    for (const off of ["offline", "unknown"] as const) {
      const { tier, gauge } = lived(5, (day, hour) => (day === 3 ? off : office(hour)));
      assert.equal(gauge.candidate?.season, DAY);
      assert.ok(saidAt(tier, 5, 9, DAY) > 45);
    }
  });

  it("expects a device off when it mostly is at that time", () => {
    const { tier } = lived(5, (_, hour) => (hour < 8 ? "offline" : 50));
    assert.ok(saidAt(tier, 5, 3, DAY) === 0 && saidAt(tier, 5, 9, DAY) > 45);
  });
});
