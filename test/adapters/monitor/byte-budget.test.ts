import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteBudget } from "../../../src/adapters/monitor/byte-budget.ts";

const RATE_BPS = 30_000;

describe("ByteBudget", () => {
  it("lets small answers come as often as they are asked for", () => {
    const budget = new ByteBudget(RATE_BPS);
    for (let atMs = 0; atMs < 60_000; atMs += 500) {
      assert.ok(budget.isOpen(atMs));
      budget.spend(8000, atMs);
    }
  });

  it("keeps to its rate, a second and the latest answer aside, whatever the answers' sizes", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(sizes, (answers) => {
        const budget = new ByteBudget(RATE_BPS);
        let spent = 0;
        let last = 0;
        for (let atMs = 0; atMs < 100_000; atMs += 500) {
          if (!budget.isOpen(atMs)) continue;
          last = answers[(atMs / 500) % answers.length] ?? 0;
          budget.spend(last, atMs);
          spent += last;
          assert.ok(spent - last <= RATE_BPS * (1 + atMs / 1000) + 1e-6, `${spent} bytes in ${atMs} ms`);
        }
      }),
    );
  });
});
