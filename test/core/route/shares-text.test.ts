import assert from "node:assert/strict";
import fc from "fast-check";
import { outputLabel, percentsOf, sharesText } from "../../../src/core/route/shares-text.ts";

describe("shares as text", () => {
  it("fits a status, and tells the shares that it was made of or none", () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(shares, (all) => {
        const text = sharesText(all);
        assert.ok(text.length < 20, text);
        const percents = percentsOf(text);
        if (percents.length > 0)
          assert.deepEqual(
            percents,
            all.map((share) => Math.round(share * 100)),
          );
      }),
    );
  });

  it("tells each share as far as they fit", () => {
    assert.equal(sharesText([0.4, 0.3, 0.3]), "40/30/30 %");
    assert.equal(sharesText(Array(10).fill(0.1)), "10 hosts, max 10 %");
  });

  it("tells nothing of what is no list of shares", () => {
    for (const text of [undefined, null, 7, "", "no host is usable", "10 hosts, max 10 %", "1//2 %", "40/30"])
      assert.deepEqual(percentsOf(text), []);
  });

  it("labels an output with its host, and with its share while that is known", () => {
    const hosts = ["a", "b"];
    assert.equal(outputLabel(hosts, 1, "40/60 %"), "b · 60 %");
    assert.equal(outputLabel(hosts, 0, "no host is usable"), "a");
    // The list of hosts was edited and not deployed yet: the status is of the old one.
    assert.equal(outputLabel([...hosts, "c"], 0, "40/60 %"), "a");
    assert.equal(outputLabel(hosts, 2, "40/60 %"), "");
  });
});
