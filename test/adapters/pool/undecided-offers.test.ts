import assert from "node:assert/strict";
import { UndecidedOffers } from "../../../src/adapters/pool/undecided-offers.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { Taking } from "../../../src/core/stitch/lease.ts";
import type { OfferedMessage } from "../../../src/core/stitch/protocol.ts";

const ID = { sessionId: "cam-7", slot: 0 };
const message = (payload: string, bytes = 10): OfferedMessage => ({ payload, bytes, atMs: 0 });

describe("messages of which it is not known whose they are", () => {
  let taking: Taking;
  let taken: unknown[];
  let offers: UndecidedOffers;
  beforeEach(() => {
    taking = "wait";
    taken = [];
    offers = new UndecidedOffers({
      taking: () => taking,
      take: (_id, { payload }) => {
        taken.push(payload);
        return undefined;
      },
      // Keeping a message takes 256 bytes more.
      maxBytes: () => 537,
    });
  });

  it("wait, and are taken in their order before what comes after them", async () => {
    const waiting = [message("a"), message("b")].map(async (each) => offers.offer(ID, each));
    offers.release();
    assert.deepEqual([taken, offers.length], [[], 2]);
    taking = "yes";
    assert.equal(offers.offer(ID, message("c")), undefined);
    assert.deepEqual([taken, offers.length], [["a", "b", "c"], 0]);
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
  });

  it("are left to the gateway that works", async () => {
    const waiting = offers.offer(ID, message("a"));
    taking = "no";
    offers.release();
    assert.equal(await waiting, undefined);
    assert.equal(offers.offer(ID, message("b")), undefined);
    assert.deepEqual(taken, []);
  });

  it("wait within bounded bytes; one that has no room is told", () => {
    for (const payload of ["a", "b"]) void offers.offer(ID, message(payload));
    const refused = offers.offer(ID, message("c"));
    assert.ok(refused instanceof StitchError);
    assert.equal(refused.code, "BUFFER_FULL");
    assert.match(refused.message, /532 B of messages wait .* at most 537 B may/);
    taking = "yes";
    offers.release();
    assert.deepEqual(taken, ["a", "b"]);
    taking = "wait";
    assert.ok(offers.offer(ID, message("d", 281)) instanceof Promise);
  });

  it("are told that nobody took them where the gateway ends", async () => {
    const waiting = offers.offer(ID, message("a"));
    const error = new StitchError("LINK_DOWN", "closed");
    offers.close(error);
    assert.equal(await waiting, error);
  });
});
