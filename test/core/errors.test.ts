import assert from "node:assert/strict";
import fc from "fast-check";
import { printable, quote } from "../../src/core/errors.ts";

describe("quote", () => {
  it("tells what a value is", () => {
    const values = ["a", 1.5, null, undefined, true, 10n, Symbol("s"), [1, 2], { a: 1 }, () => 1];
    const quoted = [
      '"a"',
      "1.5",
      "null",
      "undefined",
      "true",
      "10n",
      "Symbol(s)",
      "an array of 2",
      "an object",
    ];
    assert.deepEqual(
      values.map((value) => quote(value)),
      [...quoted, "a function"],
    );
  });

  it("cuts a long text and tells its length", () => {
    assert.equal(quote("x".repeat(100), 5), '"xxxxx…" (100 characters)');
  });

  it("is one bounded line that commands no terminal, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: "binary", maxLength: 200 })), (value) => {
        const text = quote(value);
        assert.ok(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), JSON.stringify(text));
        assert.ok(text.length < 500, `${text.length} characters`);
      }),
      { examples: [["\u009b2J"], ["\u2028"], [Symbol("\u001b[2J")], [10n ** 900n], [{ toString: {} }]] },
    );
  });
});

describe("printable", () => {
  it("shows control characters by their code", () => {
    assert.equal(printable("a\nb\u001b[2J\u2028ä"), "a\\u000ab\\u001b[2J\\u2028ä");
  });
});
