import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isCaught,
  outputMarkOf,
  outputsOf,
  sessionOf,
  toFlow,
} from "../../../src/adapters/pool/flow-messages.ts";
import { StitchError } from "../../../src/core/errors.ts";

const SESSION = { id: "cam/7", slot: 3, epoch: 2, seq: 9 };

describe("flow messages", () => {
  it("let the user's properties through, but none that commit would mistake for its own", () => {
    const props = { qos: 1, output: { id: "of an earlier stage" } };
    const message = toFlow({ topic: "t", payload: 1, props, session: SESSION, state: { a: 1 } });
    assert.deepEqual(message, { qos: 1, topic: "t", payload: 1, session: SESSION, state: { a: 1 } });
  });

  it("become outputs without what belongs to the way in", () => {
    const message = { _msgid: "x", payload: 1, session: SESSION, state: 2, req: {}, res: {} };
    assert.deepEqual(outputsOf(message), [{ _msgid: "x", payload: 1 }]);
    assert.deepEqual(outputsOf({ ...message, outputs: [{ payload: 2, state: 3 }] }), [{ payload: 2 }]);
    assert.deepEqual(outputsOf({ ...message, outputs: [] }), []);
  });

  it("have no output where a Catch node brought them, unless they say so", () => {
    const caught = { payload: 1, error: { message: "x", source: { id: "n" } } };
    assert.equal(isCaught(caught), true);
    assert.deepEqual(outputsOf(caught), []);
    assert.equal(outputsOf({ ...caught, outputs: [{ payload: "sorry" }] }).length, 1);
    assert.equal(isCaught({ payload: 1, error: "of the device" }), false);
  });

  it("carry a mark only if it is a whole one", () => {
    const mark = { id: "x", sessionId: "cam/7", slot: 0, epoch: 1, seq: 2, index: 0, repeat: false };
    assert.deepEqual(outputMarkOf({ output: mark }), mark);
    for (const change of [{ sessionId: 7 }, { slot: -1 }, { seq: Number.NaN }, { index: "0" }])
      assert.equal(outputMarkOf({ output: { ...mark, ...change } }), undefined);
  });

  it("throw nothing but StitchErrors, whatever comes", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (session, outputs, output) => {
        const message = { session, outputs, output, error: output };
        for (const read of [sessionOf, outputsOf, outputMarkOf, isCaught]) {
          try {
            read(message);
          } catch (error) {
            assert.ok(error instanceof StitchError, String(error));
          }
        }
      }),
    );
  });
});
