import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Checker } from "../../src/demo/checker.ts";
import { type Result, resultOf } from "../../src/demo/result.ts";

const output = (n: number, extra: Partial<Result> = {}): Result => ({
  device: "d",
  key: "k",
  n,
  host: "host-1",
  id: `d/k/${n}`,
  ...extra,
});

function checkerWith(sent: number): Checker {
  const checker = new Checker(["host-1", "host-2"], 100);
  for (let n = 1; n <= sent; n++) checker.sent("d", "k", n, n * 100);
  return checker;
}

type Fault = "fine" | "lose" | "repeat" | "duplicate";

/** One message through a pipeline with that fault. */
function play(checker: Checker, result: Result, fault: Fault): void {
  checker.sent(result.device, result.key, result.n, 0);
  if (fault === "lose") return;
  checker.result(result, 1);
  if (fault === "repeat") checker.result(result, 2);
  if (fault === "duplicate") checker.result({ ...result, id: `${result.id} again` }, 2);
}

describe("Checker", () => {
  it("counts a clean run as clean", () => {
    const checker = checkerWith(3);
    for (const n of [1, 2, 3]) checker.result(output(n), n * 100 + 20);
    assert.deepEqual(checker.tally(1), {
      sent: 3,
      delivered: 3,
      committed: 3,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      reemitted: 0,
      unknown: 0,
      wrongState: 0,
      sessions: 1,
      latencyMs: { p50: 20, p99: 20 },
      hosts: {
        "host-1": { overloadSeconds: 0, meanUtilisation: 0.03, committed: 3 },
        "host-2": { overloadSeconds: 0, meanUtilisation: 0, committed: 0 },
      },
    });
  });

  it("takes a message that was handed over twice for no fault when it comes out twice, and for one when thrice", () => {
    for (const isToldFirst of [true, false]) {
      const checker = checkerWith(2);
      if (isToldFirst) checker.sentAgain("d", "k", 1);
      checker.result(output(1), 110);
      checker.result(output(1, { id: "other" }), 111);
      if (!isToldFirst) checker.sentAgain("d", "k", 1);
      assert.equal(checker.tally(1).duplicated, 0);
      checker.result(output(1, { id: "third" }), 112);
      assert.equal(checker.tally(1).duplicated, 1);
      checker.sentAgain("d", "k", 9);
      checker.result(output(2), 210);
      checker.result(output(2, { id: "other" }), 211);
      assert.equal(checker.tally(1).duplicated, 2);
    }
  });

  it("leaves out what never reached the palette, and counts the device's state on without it", () => {
    const checker = checkerWith(2);
    checker.result(output(1), 110);
    assert.ok(checker.isOutstanding("d", "k", 2));
    checker.lostUpstream("d", "k", 2);
    checker.lostUpstream("d", "k", 1);
    checker.sent("d", "k", 3, 120);
    checker.result(output(3, { count: 2 }), 130);
    const { sent, lost, wrongState } = checker.tally(1);
    assert.deepEqual([sent, lost, wrongState], [2, 0, 0]);
  });

  it("calls the same output id again a repeat, another id a duplicate", () => {
    const checker = checkerWith(1);
    checker.result(output(1), 110);
    checker.result(output(1, { host: "host-2" }), 120);
    checker.result(output(1, { id: "other" }), 130);
    checker.result(output(1, { id: "other" }), 140);
    const { delivered, committed, reemitted, duplicated } = checker.tally(1);
    assert.deepEqual(
      { delivered, committed, reemitted, duplicated },
      { delivered: 1, committed: 2, reemitted: 2, duplicated: 1 },
    );
  });

  it("judges order within a key only, by first outputs", () => {
    const checker = checkerWith(3);
    checker.sent("d", "other", 1, 0);
    for (const n of [1, 3, 2]) checker.result(output(n), 500);
    checker.result(output(1), 510);
    checker.result(output(1, { key: "other", id: "o" }), 520);
    assert.equal(checker.tally(1).reordered, 1);
  });

  it("counts the seconds of a host in which an output came more than 0.5 s late", () => {
    const checker = checkerWith(6);
    const lateMs = [1_000, 1_200, 1_999, 2_000, 3_500];
    for (const [i, atMs] of lateMs.entries()) checker.result(output(i + 1), atMs);
    checker.result(output(6, { host: "host-2" }), 1_100);
    const { hosts } = checker.tally(10);
    assert.equal(hosts["host-1"]?.overloadSeconds, 3);
    assert.equal(hosts["host-2"]?.overloadSeconds, 0);
  });

  it("does not count what the broker never took, unless its output came", () => {
    const checker = checkerWith(2);
    checker.result(output(1), 150);
    checker.unsent("d", "k", 1);
    checker.unsent("d", "k", 2);
    checker.unsent("d", "nobody", 2);
    assert.equal(checker.tally(1).sent, 1);
    assert.equal(checker.outstanding, 0);
  });

  it("finds a state that did not follow its session", () => {
    const checker = checkerWith(3);
    for (const [n, count] of [
      [1, 1],
      [2, 1],
      [3, 2],
    ] as const)
      checker.result(output(n, { count }), 500);
    checker.result(output(3, { count: 1 }), 510);
    assert.equal(checker.tally(1).wrongState, 2);
  });

  it("does not judge the state of a device with several keys, which may share a slot", () => {
    const checker = checkerWith(1);
    checker.sent("d", "other", 1, 0);
    checker.result(output(1, { key: "other", count: 1 }), 1);
    checker.result(output(1, { count: 2 }), 2);
    assert.equal(checker.tally(1).wrongState, 0);
  });

  it("sets results of unknown messages apart", () => {
    const checker = checkerWith(1);
    checker.result(output(9), 0);
    checker.result(output(1, { device: "__proto__" }), 0);
    checker.notAResult();
    assert.equal(checker.tally(1).unknown, 3);
    assert.equal(checker.tally(1).lost, 1);
  });

  it("counts a result long after its message was forgotten as a second effect", () => {
    const checker = new Checker(["host-1"], 100);
    for (let n = 1; n <= 30_000; n++) {
      checker.sent("d", "k", n, n);
      checker.result(output(n), n);
    }
    checker.result(output(1), 40_000);
    assert.equal(checker.tally(1).duplicated, 1);
    assert.equal(checker.tally(1).lost, 0);
  });

  it("finds exactly the faults that were made", () => {
    const fault = fc.constantFrom<Fault>("fine", "fine", "fine", "lose", "repeat", "duplicate");
    const stream = fc.record({
      device: fc.string(),
      key: fc.string(),
      faults: fc.array(fault, { maxLength: 20 }),
    });
    const streams = fc.uniqueArray(stream, {
      maxLength: 5,
      selector: ({ device, key }) => JSON.stringify([device, key]),
    });
    fc.assert(
      fc.property(streams, (all) => {
        const checker = new Checker(["host-1"], 100);
        for (const { device, key, faults } of all) {
          for (const [i, kind] of faults.entries())
            play(checker, output(i + 1, { device, key, id: `${i}` }), kind);
        }
        const made = (kind: Fault): number =>
          all.flatMap(({ faults }) => faults).filter((each) => each === kind).length;
        const { lost, reemitted, duplicated, reordered, sent, unknown } = checker.tally(1);
        const total = all.reduce((sum, { faults }) => sum + faults.length, 0);
        assert.deepEqual(
          { lost, reemitted, duplicated, reordered, sent, unknown },
          {
            lost: made("lose"),
            reemitted: made("repeat"),
            duplicated: made("duplicate"),
            reordered: 0,
            sent: total,
            unknown: 0,
          },
        );
      }),
    );
  });

  it("finds reordering in every order but the one sent", () => {
    const order = fc.integer({ min: 1, max: 12 }).chain((length) => {
      const numbers = Array.from({ length }, (_, i) => i + 1);
      return fc.shuffledSubarray(numbers, { minLength: length });
    });
    fc.assert(
      fc.property(order, (numbers) => {
        const checker = checkerWith(numbers.length);
        for (const n of numbers) checker.result(output(n), 5_000);
        const isSorted = numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0));
        assert.equal(checker.tally(1).reordered === 0, isSorted);
        assert.equal(checker.tally(1).lost, 0);
      }),
    );
  });
});

describe("resultOf", () => {
  it("takes what the hosts publish", () => {
    const payload = JSON.stringify({ device: "d", key: "k", n: 3, count: 3, host: "host-1", id: "x" });
    assert.deepEqual(resultOf(payload), { device: "d", key: "k", n: 3, host: "host-1", id: "x", count: 3 });
  });

  it("refuses everything else without throwing", () => {
    for (const text of [
      "",
      "null",
      "[]",
      "7",
      "{",
      '{"n":1}',
      '{"device":"d","host":"h","id":"i","n":"1"}',
      '{"device":"d","host":"h","id":"i","n":1.5}',
    ]) {
      assert.equal(resultOf(text), undefined, text);
    }
    fc.assert(fc.property(fc.json(), (text) => void resultOf(text)));
  });
});
