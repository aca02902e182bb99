import assert from "node:assert/strict";
import { SOURCE_MUTANTS } from "./source-mutants.ts";
import { schedulesToCatch } from "./to-catch.ts";

/** A mutant has to be caught within so many schedules: some three times what the hardest one takes. */
const SCHEDULES = 800;

describe("each rule of the hand-over protocol, its place in the source changed", () => {
  for (const [name, mutant] of Object.entries(SOURCE_MUTANTS))
    it(`${mutant.rule} (${name})`, async function () {
      this.timeout(120_000);
      const caught = await schedulesToCatch(name, mutant, SCHEDULES);
      assert.notEqual(
        caught,
        undefined,
        `the mutant survived ${SCHEDULES} schedules of the plan ${mutant.plan}`,
      );
    });
});
