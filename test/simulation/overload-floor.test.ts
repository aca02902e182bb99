import assert from "node:assert/strict";
import { floorOf } from "./overload/floor.ts";
import { OVERLOAD_MS } from "./overload/measure.ts";
import type { Scenario } from "./overload/scenario.ts";
import { WARM_UP_MS } from "./overload/scenario.ts";

const DURATION_MS = WARM_UP_MS + 180_000;

describe("overload floor", () => {
  it("knows what no policy can avoid: all hosts full, or one key more than a host can", () => {
    /** So many keys send for 60 s, nothing else is sent, on two hosts of 10/s. */
    const bursty = (perSec: number, keys: number): Scenario => {
      const due = Array.from({ length: 60 * perSec }, (_, i) => WARM_UP_MS + (1000 * i) / perSec);
      const slotOf = Uint16Array.from(due, (_, i) => i % keys);
      const fleet = {
        sessions: [{ id: "burst", firstSlot: 0, slots: keys }],
        slots: keys,
        durationMs: DURATION_MS,
        atMs: Float64Array.from([...due, DURATION_MS - 1]),
        slotOf: Uint16Array.from([...slotOf, 0]),
        sessionOf: new Uint16Array(keys),
      };
      const hosts = ["a", "b"].map((host) => ({ host, perSec: 10, speed: () => 1 }));
      return { name: "burst", isRepeating: false, fleet, hosts };
    };
    const secondsOf = (perSec: number, keys: number): number[] => {
      const { measure, fullSec, keySec, keysSec } = floorOf(bursty(perSec, keys));
      return [measure.overloadSec, fullSec, keySec, keysSec];
    };
    assert.deepEqual(secondsOf(9, 1), [0, 0, 0, 0]);
    assert.deepEqual(secondsOf(18, 2), [0, 0, 0, 0], "a host each");
    const [, , one = 0, both = 0] = secondsOf(30, 2);
    assert.ok(one > 80 && Math.abs(both - 2 * one) <= 2, `${one} ${both}`);
    const [all = 0, full, key = 0, keys] = secondsOf(15, 1);
    assert.equal(keys, key);
    assert.equal(full, 0, "both hosts together could");
    const drainedSec = 90;
    assert.ok(Math.abs(key - (drainedSec - (2 * OVERLOAD_MS) / 1000)) <= 2, `${key}`);
    assert.equal(all, key);
    const [, manyFull = 0, manyKey] = secondsOf(30, 30);
    assert.equal(manyKey, 0);
    assert.ok(manyFull > 60, `${manyFull}`);
  });
});
