import assert from "node:assert/strict";
import { amount, bytesRate, decimal, duration, setLanguage } from "../../../src/adapters/monitor/numbers.ts";

describe("the sidebar's numbers", () => {
  beforeEach(() => setLanguage("en-US"));
  afterEach(() => setLanguage(undefined));

  it("have three digits, also where rounding gains one", () => {
    const told = [0, 7, 100, 99.97, 9.999, 0.128, 41.3, 412.6, 999.7, 1000, 1250, 99_970, 999_999, 3.2e9];
    const wanted = "0, 7, 100, 100, 10.0, 0.13, 41.3, 413, 1.00 k, 1.00 k, 1.25 k, 100 k, 1.00 M, 3.20 G";
    assert.equal(told.map(amount).join(", "), wanted);
    assert.equal(amount(undefined), "–");
    assert.equal(amount(Number.NaN), "–");
  });

  it("have their unit", () => {
    assert.equal(bytesRate(39_600), "39.6 kB/s");
    assert.equal(bytesRate(217), "217 B/s");
    assert.equal(duration(15.52).replace("\u00a0", " "), "15.5 ms");
    assert.equal(duration(999.9).replace("\u00a0", " "), "1.00 s");
    assert.equal(duration(150_000).replace("\u00a0", " "), "2.50 min");
  });

  it("are written as the editor's language does", () => {
    setLanguage("de");
    assert.equal(amount(1250), "1,25 k");
    assert.equal(decimal(-0.03, 2), "−0,03");
    setLanguage("no such language");
    assert.match(amount(1250), /^1[.,]25 k$/);
  });
});
