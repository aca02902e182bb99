import assert from "node:assert/strict";
import fc from "fast-check";
import { codeOf, isSum, logOf, OFFLINE, UNKNOWN } from "../../../../src/core/forecast/history/bin-code.ts";
import { type StepKind, Tier } from "../../../../src/core/forecast/history/tier.ts";

const shape = { stepMs: 10_000, binMs: 60_000, bins: 40 };
const kinds: readonly StepKind[] = ["seen", "offline", "unknown"];

describe("a bin's code", () => {
  it("keeps a sum to 5.2 %, small counts and nothing to their number", () => {
    fc.assert(
      fc.property(fc.double({ min: 20, max: 9e10, noNaN: true }), (sum) => {
        assert.ok(Math.abs(Math.expm1(logOf(codeOf(sum))) / sum - 1) < 0.057, `${sum}`);
      }),
    );
    for (let sum = 0; sum < 10; sum++) assert.equal(Math.round(Math.expm1(logOf(codeOf(sum)))), sum);
  });

  it("stays a sum, however large", () => {
    for (const sum of [1e12, 1e300, Number.MAX_VALUE]) assert.ok(isSum(codeOf(sum)));
  });
});

describe("a tier of a history", () => {
  interface Came {
    readonly gap: number;
    readonly kind: StepKind;
    readonly count: number;
  }
  const steps = fc.array(
    fc.record({
      gap: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(400) }),
      kind: fc.constantFrom(...kinds),
      count: fc.nat(1000),
    }),
    { maxLength: 300 },
  );
  const stepsOf = (came: readonly Came[]): { step: number; kind: StepKind; count: number }[] => {
    let step = 100_000_000;
    return came.map(({ gap, kind, count }) => {
      step += Math.max(1, gap);
      return { step, kind, count };
    });
  };

  /** All kept steps of a bin, added up plainly. */
  function plain(all: ReturnType<typeof stepsOf>, tier: Tier, bin: number): number {
    const within = all.filter(({ step }) => tier.binOf(step) === bin);
    const seen = within.filter(({ kind }) => kind === "seen");
    if (2 * seen.length >= 6)
      return codeOf((seen.reduce((sum, { count }) => sum + count, 0) * 6) / seen.length);
    return 2 * within.filter(({ kind }) => kind === "offline").length >= 6 ? OFFLINE : UNKNOWN;
  }

  it("holds the sums of its bins, and why one is missing, after any gaps", () => {
    fc.assert(
      fc.property(steps, (came) => {
        const tier = new Tier(shape);
        const all = stepsOf(came);
        for (const { step, kind, count } of all) tier.add(step, kind, count);
        for (let bin = tier.end - tier.size; bin < tier.end; bin++)
          assert.equal(tier.code(bin), plain(all, tier, bin), `bin ${bin}`);
        assert.ok(tier.size <= shape.bins);
        for (const bin of [tier.end, tier.end - tier.size - 1, -1]) assert.equal(tier.code(bin), UNKNOWN);
      }),
    );
  });

  it("comes back from what was kept as it was", () => {
    fc.assert(
      fc.property(steps, (came) => {
        const tier = new Tier(shape);
        for (const { step, kind, count } of stepsOf(came)) tier.add(step, kind, count);
        const back = new Tier(shape);
        back.resume(structuredClone(tier.kept));
        assert.deepEqual(back.kept, tier.kept);
      }),
    );
  });

  it("fills a silence as if each of its steps had come", () => {
    fc.assert(
      fc.property(steps, fc.nat(3000), fc.constantFrom(...kinds), (came, length, kind) => {
        const [slow, fast] = [new Tier(shape), new Tier(shape)];
        const all = stepsOf(came);
        for (const { step, kind: was, count } of all)
          for (const tier of [slow, fast]) tier.add(step, was, count);
        const from = (all.at(-1)?.step ?? 0) + 1;
        for (let step = from; step < from + length; step++) slow.add(step, kind, 0);
        fast.fill(from, from + length, kind);
        assert.deepEqual(fast.kept, slow.kept);
      }),
      { numRuns: 40 },
    );
  });

  it("takes a byte a bin", () => {
    const tier = new Tier(shape);
    for (let step = 0; step < 6 * 100; step++) tier.add(step, "seen", 3);
    assert.equal(tier.kept.codes.length, shape.bins);
  });
});
