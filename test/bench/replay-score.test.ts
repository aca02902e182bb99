import assert from "node:assert/strict";
import { profileLike } from "../support/session-profiles.ts";
import { addTo, countsOf, type Score, type Setup, START_MS } from "./replay-score.ts";

const setup: Setup = { speed: 1, stepMs: 1_000, horizon: 4, steps: 10 };
const traceOf = (times: readonly number[]) => ({ set: "s", device: "d", times, bytes: times.map(() => 1) });
const nothing = (): Score => ({ error: 0, naiveError: 0, scale: 0, made: 0, lstm: 0 });

/** Says 0 messages of every step after `step`. */
const saysNothing = (step: number) =>
  profileLike({ sessionId: "d", atMs: START_MS + step * 1_000, stepMs: 1_000, messages: [0, 0, 0, 0] });

describe("the score of a replay", () => {
  it("counts what was recorded; the step in which it ends and those after it are missing, not zero", () => {
    const counts = countsOf(traceOf([0, 500, 2_000, 5_000, 6_000]), setup);
    assert.deepEqual([...counts], [2, 0, 1, 0, 0, 1, ...Array.from({ length: 4 }, () => Number.NaN)]);
  });

  it("takes silence for silence where the recording goes on after the run", () => {
    const counts = countsOf(traceOf([0, 500, 60_000]), setup);
    assert.deepEqual([...counts], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("scores no step after the end of the recording", () => {
    const counts = countsOf(traceOf([0, 500, 2_000, 5_000, 6_000]), setup);
    const score = nothing();
    // Of the four steps from 4 on, steps 4 and 5 were recorded: 0 and 1 messages; before them the last was 0.
    addTo(score, saysNothing(4), counts, 1_000);
    assert.deepEqual([score.error, score.naiveError, score.made], [1, 1, 1]);
    addTo(score, saysNothing(6), counts, 1_000);
    assert.equal(score.made, 1);
  });
});
