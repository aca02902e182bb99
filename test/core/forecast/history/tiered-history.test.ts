import assert from "node:assert/strict";
import fc from "fast-check";
import type { Forecast } from "../../../../src/core/forecast/forecaster.ts";
import { OFFLINE, UNKNOWN } from "../../../../src/core/forecast/history/bin-code.ts";
import { TieredHistory } from "../../../../src/core/forecast/history/tiered-history.ts";
import {
  byChance,
  type Counts,
  DAY_STEPS,
  forecasterAt,
  live,
  MONDAY_MS,
  Score,
  STEP_MS,
} from "../../../support/daily-rhythm.ts";
import { room } from "../../../support/fleet-forecasts.ts";

const FIRST = MONDAY_MS / STEP_MS;
const office = (hour: number): number => (hour >= 8 && hour < 18 ? 6 : 0.05);
const atHour = (day: number, hour: number): number => day * DAY_STEPS + hour * (DAY_STEPS / 24);

/** Errors of one day for a session that has lived from the beginning, and for one that is an hour old. */
function compared(
  counts: Counts,
  day: number,
  isScored: (hour: number) => boolean,
): { long: Score; short: Score } {
  const [long, short] = [new Score(counts), new Score(counts)];
  const to = atHour(day + 1, 0);
  const scoring =
    (score: Score) =>
    (profile: Parameters<Score["add"]>[0], next: number): void => {
      if (isScored((next % DAY_STEPS) / (DAY_STEPS / 24))) score.add(profile, next);
    };
  live(forecasterAt(0), { counts, from: 0, to }, (profile, next) => {
    if (next >= atHour(day, 1)) scoring(long)(profile, next);
  });
  live(forecasterAt(atHour(day, 0)), { counts, from: atHour(day, 0), to }, (profile, next) => {
    if (next >= atHour(day, 1)) scoring(short)(profile, next);
  });
  return { long, short };
}

const nearEdge = (hour: number): boolean => Math.abs(hour - 8) < 0.2 || Math.abs(hour - 18) < 0.2;

describe("a history at several resolutions", function () {
  this.timeout(60_000);

  it("forecasts a device's mornings and evenings better than an hour's history does, from the fourth day on", () => {
    const { long, short } = compared(byChance(office, 3), 3, nearEdge);
    assert.ok(long.error < 0.75 * short.error, `${long.error} against ${short.error}`);
    assert.ok(long.coverage > 0.8, `${long.coverage}`);
  });

  it("loses nothing on a device without a rhythm", () => {
    const { long, short } = compared(
      byChance(() => 3, 4),
      4,
      () => true,
    );
    assert.ok(long.error < 1.01 * short.error, `${long.error} against ${short.error}`);
  });

  it("learns what comes at each full hour", () => {
    const { long, short } = compared(
      byChance((hour) => (hour % 1 < 0.1 ? 8 : 0.3), 5),
      2,
      () => true,
    );
    assert.ok(long.error < 0.95 * short.error, `${long.error} against ${short.error}`);
  });

  it("learns when messages are larger", () => {
    const forecaster = forecasterAt(0);
    const said = new Map<number, number>();
    const sizeAt = (step: number): number => (step % DAY_STEPS >= DAY_STEPS / 2 ? 8000 : 1000);
    for (let step = 0; step < atHour(5, 12); step++) {
      const atMs = MONDAY_MS + step * STEP_MS;
      for (let i = 0; i < 3; i++) forecaster.add(sizeAt(step), atMs + i);
      const profile = forecaster.step(atMs + STEP_MS, {}, room);
      if (profile) said.set(step + 1, (profile.bytes.median.at(-1) ?? 0) * (STEP_MS / 1000));
    }
    const early = said.get(atHour(5, 12) - 8) ?? 0;
    assert.ok(Math.abs(early / 24_000 - 1) < 0.1, `${early} bytes a step`);
  });

  it("expects a device back in the morning that says nothing all night", () => {
    const counts = byChance((hour) => (hour >= 8 && hour < 18 ? 6 : 0), 7);
    const forecaster = forecasterAt(0);
    const said = new Map<number, number>();
    live(forecaster, { counts, from: 0, to: atHour(4, 9) }, ({ messages }, next) =>
      said.set(next, (messages.median.at(-1) ?? 0) * (STEP_MS / 1000)),
    );
    assert.ok(!said.has(atHour(4, 3)), "at night it rests");
    const early = said.get(atHour(4, 8) - 4) ?? 0;
    assert.ok(Math.abs(early - 6) < 1.5, `${early} messages a step at 8:05`);
  });
});

describe("what is not known", () => {
  const codesOf = (history: TieredHistory, binMs: number): Uint8Array => {
    const tier = history.kept.tiers.find((kept) => kept.binMs === binMs);
    assert.ok(tier);
    return tier.codes;
  };

  it("is missing, not zero: a device that is off, a gateway that was", () => {
    const history = new TieredHistory(STEP_MS, 30);
    for (let step = 0; step < 4; step++) history.add(FIRST + step, "seen", 0, 0);
    history.fill(FIRST + 4, FIRST + 8, "offline");
    history.fill(FIRST + 8, FIRST + 10, "unknown");
    history.add(FIRST + 10, "seen", 1, 1);
    assert.deepEqual([...codesOf(history, 60_000)], [0, 0, OFFLINE, OFFLINE, UNKNOWN]);
  });

  const periodic = (periodMs: number) => ({
    summary: {
      messages: 64,
      messagesPerSec: 1000 / periodMs,
      bytesPerSec: 1,
      interArrival: { meanMs: periodMs, cv: 0 },
      meanBytes: 100,
      pattern: "periodic" as const,
      periodMs,
      periodConfidence: 1,
      dataTypes: {},
    },
  });

  it("is told apart by the session: silence of a periodic device is an outage, of another one nothing to say", () => {
    for (const [known, expected] of [
      [periodic(STEP_MS), OFFLINE],
      [{}, 0],
    ] as const) {
      const forecaster = forecasterAt(0);
      for (let step = 0; step < 10; step++) {
        forecaster.add(100, MONDAY_MS + step * STEP_MS);
        forecaster.step(MONDAY_MS + (step + 1) * STEP_MS, known, room);
      }
      for (let step = 10; step < 130; step++) forecaster.step(MONDAY_MS + (step + 1) * STEP_MS, known, room);
      forecaster.add(100, MONDAY_MS + 130 * STEP_MS);
      forecaster.step(MONDAY_MS + 132 * STEP_MS, known, room);
      const minute = forecaster.kept.coarse?.tiers[0];
      const silent = minute?.codes.subarray(10, 60);
      assert.deepEqual(new Set(silent), new Set([expected]));
    }
  });

  it("is what passed while the gateway was down; since it listens, silence is the device's", () => {
    const before = forecasterAt(0);
    live(before, { counts: () => 2, from: 0, to: 20 });
    const after = forecasterAt(80);
    after.resume(structuredClone(before.kept), MONDAY_MS + 60 * STEP_MS);
    live(after, { counts: () => 2, from: 80, to: 84 });
    const minute = after.kept.coarse?.tiers[0];
    const codes = [...(minute?.codes ?? [])];
    assert.deepEqual(
      codes.slice(10, 30),
      Array.from({ length: 20 }, () => UNKNOWN),
    );
    assert.deepEqual(
      codes.slice(30, 40),
      Array.from({ length: 10 }, () => 0),
    );
  });
});

describe("fine and coarse forecasts", () => {
  const flat = (median: readonly number[]): Forecast => ({
    median,
    lower: median.map((value) => value / 2),
    upper: median.map((value) => 2 * value),
    level: 80,
    model: { name: "ses", skill: 0.1, trainedOn: 100, seasons: [] },
  });
  /** Lived through days of a rhythm, with a trial of its own forecasts. */
  function lived(rate: (hour: number) => number, seed: number, steps: number): TieredHistory {
    const history = new TieredHistory(STEP_MS, 60);
    const counts = byChance(rate, seed);
    for (let step = 0; step < steps; step++) {
      history.add(FIRST + step, "seen", counts(step), 100 * counts(step));
      const level = rate((step % DAY_STEPS) / (DAY_STEPS / 24));
      if (step > 2 * DAY_STEPS)
        history.carried(flat(Array.from({ length: 60 }, () => level)), ahead(step + 1));
    }
    return history;
  }
  const ahead = (step: number) => ({ channel: 0 as const, end: FIRST + step, isOffline: false });
  const steps = atHour(3, 7.5) + 17;
  const known = [lived(office, 1, steps), lived(() => 3, 2, steps), lived((hour) => hour / 4, 3, steps)];

  it("agree where they overlap, whatever is forecast, with a season or without", () => {
    const points = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...known), points, (history, median) => {
        const fine = history.carried(flat(median), ahead(steps));
        const outlook = history.outlook(flat(median), FIRST + steps, 96);
        assert.ok(outlook);
        const first = outlook.fromMs / STEP_MS - FIRST - steps;
        assert.ok(first >= 0 && first < 30, "from the next whole bin on");
        const within = fine.median.slice(first, first + 30).reduce((sum, value) => sum + value, 0);
        assert.ok(Math.abs((outlook.sums[0] ?? 0) - within) <= 1e-9 * within);
        for (const sum of outlook.sums) assert.ok(Number.isFinite(sum) && sum >= 0);
      }),
      { numRuns: 60 },
    );
  });

  it("stay forecasts: finite, never below 0, the median within its interval", () => {
    const points = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.constantFrom(...known), points, fc.boolean(), (history, median, isOffline) => {
        const {
          lower,
          median: middle,
          upper,
        } = history.carried(flat(median), { ...ahead(steps), isOffline });
        for (const [i, point] of middle.entries()) {
          const [low, high] = [lower[i] ?? Number.NaN, upper[i] ?? Number.NaN];
          assert.ok([low, point, high].every(Number.isFinite) && low >= 0 && low <= point && point <= high);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("the coarse one goes on from the fine one's level", () => {
    const [, steady] = known;
    assert.ok(steady);
    for (const level of [0, 2, 500]) {
      const outlook = steady.outlook(flat(Array.from({ length: 60 }, () => level)), FIRST + steps, 96);
      assert.deepEqual(new Set(outlook?.sums.map((sum) => Math.round(sum))), new Set([30 * level]));
    }
  });

  it("the coarse one foresees the evening", () => {
    const [office4th] = known;
    const outlook = office4th?.outlook(flat(Array.from({ length: 60 }, () => 0.05)), FIRST + steps, 96);
    const at = (hour: number): number =>
      outlook?.sums[Math.round((MONDAY_MS + atHour(3, hour) * STEP_MS - outlook.fromMs) / outlook.binMs)] ??
      0;
    assert.ok(at(12) > 100 && at(20) < 20, `${at(12)} at noon, ${at(20)} at 20:00`);
  });
});
