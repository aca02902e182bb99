import assert from "node:assert/strict";
import fc from "fast-check";
import { pickOfTwo } from "../../../src/core/route/p2c.ts";
import { seededRandom } from "../../support/seeded-random.ts";

describe("pickOfTwo", () => {
  it("picks one of the candidates, and the dearest of several never", () => {
    const candidates = fc.uniqueArray(fc.nat(100), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(candidates, fc.nat(), (hosts, seed) => {
        const picked = pickOfTwo(hosts, (host) => host, seededRandom(seed));
        assert.ok(hosts.includes(picked));
        assert.notEqual(picked, Math.max(...hosts));
      }),
    );
  });

  it("draws each pair as often as any other", () => {
    const random = seededRandom(1);
    const seen = [0, 0, 0, 0];
    for (let i = 0; i < 40_000; i++) {
      const picked = pickOfTwo([0, 1, 2, 3], (host) => host, random);
      seen[picked] = (seen[picked] ?? 0) + 1;
    }
    // Host k wins the pairs with dearer hosts: 3, 2, 1 and 0 of 6.
    const expected = [20_000, 13_333, 6667, 0];
    for (const [host, count] of seen.entries())
      assert.ok(Math.abs(count - (expected[host] ?? 0)) < 400, `host ${host}: ${count}`);
  });

  it("has no choice among one, and no answer among none", () => {
    assert.equal(
      pickOfTwo([7], () => 1, seededRandom(1)),
      7,
    );
    assert.equal(
      pickOfTwo([], () => 1, seededRandom(1)),
      -1,
    );
  });
});
