import assert from "node:assert/strict";
import fc from "fast-check";
import { KIND } from "../../../src/core/record/envelope.ts";

import { ID, RETRANSMIT_MS, Route, sent } from "../../support/retaining-route.ts";

describe("Retention", () => {
  it("keeps what came after its predecessor, though that one's other messages are committed under such numbers", () => {
    const { machine } = new Route();
    const message = (payload: string) => ({ payload, bytes: 10, atMs: 5 });
    const stream = { id: ID, epoch: 1, acked: 0, messages: [message("a"), message("new")], sent: 1 };
    machine.handle({ type: "restore", stream }, 0);
    machine.handle({ type: "offer", id: ID, message: message("newer") }, 0);
    assert.equal(machine.streams()[0]?.sent, 1, "whoever goes on with it knows as much");
    const begun = [
      [1, 0],
      [2, 3],
    ] as const;
    const commands = machine.handle({ type: "assigned", id: ID, epoch: 2, owner: "A", seq: 3, begun }, 0);
    const payloads = commands.map((command) => command.type === "send" && command.envelope.payload);
    assert.deepEqual(payloads, ["new", "newer"]);
    assert.deepEqual(sent(commands), ["A 4", "A 5"]);
  });

  it("holds what comes before the record is known, then numbers on from it", () => {
    const route = new Route();
    assert.deepEqual([route.offer("a"), route.offer("b")], [[], []]);
    const commands = route.assign(7);
    assert.deepEqual(sent(commands), ["A 8", "A 9"]);
    const [first] = commands;
    assert.deepEqual(first?.type === "send" && first.envelope, {
      ...ID,
      kind: KIND.DATA,
      epoch: 1,
      seq: 8,
      meta: { gateway: "gw", low: 8, atMs: 5 },
      payload: "a",
    });
  });

  it("keeps a window on the way and the rest until there is room", () => {
    const route = new Route({ windowMessages: 2 });
    route.assign(0);
    assert.deepEqual(sent([...route.offer(1), ...route.offer(2), ...route.offer(3)]), ["A 1", "A 2"]);
    assert.deepEqual(sent(route.ack(1)), ["A 3"]);
    assert.equal(route.machine.retained(ID), 2);
    route.ack(3);
    assert.deepEqual([route.machine.messages, route.machine.bytes], [0, 0]);
  });

  it("says so when the buffer is full, and takes on again when it is not", () => {
    const route = new Route({ maxBytes: 25 });
    route.assign(0);
    route.offer("a");
    route.offer("b");
    const [rejected] = route.offer("c");
    assert.equal(rejected?.type, "rejected");
    if (rejected?.type !== "rejected") return;
    assert.match(rejected.error.message, /holds 20 of 25 bytes, no room for a message of 10 bytes/);
    assert.equal(rejected.message.payload, "c");
    route.ack(1);
    assert.deepEqual(sent(route.offer("c")), ["A 3"]);
  });

  it("sends again from where the host misses a message", () => {
    const route = new Route();
    route.assign(0);
    for (const n of [1, 2, 3, 4]) route.offer(n);
    const commands = route.reply(KIND.NACK, 1, { reason: "gap", expected: 3 });
    assert.deepEqual(sent(commands), ["A 3", "A 4"]);
  });

  it("asks after a silence with the lowest message only, ever more slowly", () => {
    const route = new Route();
    route.assign(0);
    for (const n of [1, 2, 3]) route.offer(n);
    assert.deepEqual(sent(route.tick(RETRANSMIT_MS - 1)), []);
    assert.deepEqual(sent(route.tick(1)), ["A 1"]);
    assert.deepEqual(sent(route.tick(RETRANSMIT_MS)), []);
    assert.deepEqual(sent(route.tick(RETRANSMIT_MS)), ["A 1"]);
    assert.deepEqual(sent(route.ack(1)), ["A 2", "A 3"], "an answer opens the window again");
  });

  it("replays to a new owner what the record does not hold, under the new epoch", () => {
    const route = new Route();
    route.assign(0);
    for (const n of [1, 2, 3]) route.offer(n);
    const commands = route.assign(2, "B");
    assert.deepEqual(sent(commands), ["B 3"]);
    assert.equal(commands[0]?.type === "send" && commands[0].envelope.epoch, 2);
    assert.equal(route.machine.retained(ID), 1);
  });

  it("wakes a new owner with a MARK where nothing is to be sent, until it answers", () => {
    const route = new Route();
    route.assign(0);
    route.offer(1);
    route.ack(1);
    assert.deepEqual(sent(route.assign(1, "B")), ["B MARK 1"]);
    assert.deepEqual(sent(route.tick(RETRANSMIT_MS)), ["B MARK 1"]);
    route.reply(KIND.ACK, 1, { host: "B" });
    assert.deepEqual(sent(route.tick(10 * RETRANSMIT_MS)), []);
  });

  it("sends everything again to a host that has lost its memory", () => {
    const route = new Route();
    route.assign(0);
    route.offer(1);
    route.offer(2);
    const restarted = (host: string) => route.machine.handle({ type: "host-restarted", host }, 0);
    assert.deepEqual(sent(restarted("A")), ["A 1", "A 2"]);
    assert.deepEqual(sent(restarted("B")), []);
  });

  /** A slot that is held through its second message. */
  function heldAt2(): Route {
    const route = new Route();
    route.assign(0);
    route.offer(1);
    route.do("hold");
    route.offer(2);
    assert.deepEqual(sent(route.ack(1)), ["held", "A MARK 2"]);
    return route;
  }

  it("holds after a MARK at what was sent, and is drained when that is committed", () => {
    const route = heldAt2();
    assert.deepEqual(sent(route.offer(3)), []);
    assert.deepEqual(route.ack(2), [
      { type: "committed", host: "A", atMs: 5 },
      { type: "drained", id: ID, epoch: 1, seq: 2 },
    ]);
    assert.deepEqual(sent(route.assign(2, "B")), ["B 3"]);
  });

  it("is drained at once where all is committed, and goes on when the shift is given up", () => {
    const route = new Route();
    route.assign(0);
    route.offer(1);
    route.ack(1);
    assert.deepEqual(sent(route.do("hold")), ["held", "drained"]);
    route.offer(2);
    assert.deepEqual(sent(route.do("release")), ["A 2"]);
  });

  describe("before a hold", () => {
    /** A slot of which an answer is due, ordered to be held at 0 ms. */
    function ordered(): Route {
      const route = new Route();
      route.assign(0);
      route.offer(1);
      assert.deepEqual(sent(route.do("hold")), []);
      return route;
    }

    it("lets messages go on until the owner has answered", () => {
      const route = ordered();
      assert.deepEqual(sent(route.offer(2)), ["A 2"]);
      route.nowMs = 100;
      assert.deepEqual(sent(route.ack(2)), ["held", "drained"]);
      assert.deepEqual(sent(route.offer(3)), []);
    });

    it("waits once more after an answer that took long", () => {
      const route = ordered();
      route.offer(2);
      route.nowMs = 21;
      assert.deepEqual(sent(route.ack(1)), []);
      route.offer(3);
      route.nowMs = 30;
      assert.deepEqual(sent(route.ack(2)), ["held", "A MARK 3"]);
    });

    it("does not wait for ever for an owner that never keeps up", () => {
      const route = ordered();
      assert.deepEqual(sent(route.tick(299)), []);
      assert.deepEqual(sent(route.tick(1)), ["held", "A MARK 1"]);
    });

    it("is ordered once, and forgets it when the shift is given up or the slot has a new owner", () => {
      const route = ordered();
      assert.deepEqual(sent(route.do("hold")), []);
      route.do("release");
      assert.deepEqual(sent(route.ack(1)), []);
      const other = ordered();
      other.assign(0, "B");
      assert.deepEqual(sent(other.reply(KIND.ACK, 1, { host: "B" })), []);
    });
  });

  it("tells when the oldest of what was committed had been taken over, once", () => {
    const route = new Route();
    route.assign(0);
    for (const n of [1, 2, 3]) route.offer(n);
    assert.deepEqual(route.ack(2), [{ type: "committed", host: "A", atMs: 5 }]);
    assert.deepEqual(route.ack(2), []);
    assert.deepEqual(route.ack(3), [{ type: "committed", host: "A", atMs: 5 }]);
  });

  it("repeats below the cut while it holds", () => {
    const route = heldAt2();
    route.offer(3);
    const commands = route.reply(KIND.NACK, 1, { reason: "gap", expected: 2 });
    assert.deepEqual(sent(commands), ["A 2", "A MARK 2"]);
  });

  it("ignores answers of an older epoch, of a host that is not the owner, and of mirrors", () => {
    const route = new Route();
    route.assign(0);
    route.assign(0);
    route.offer(1);
    assert.deepEqual(route.reply(KIND.ACK, 1, {}, 1), []);
    assert.deepEqual(route.reply(KIND.ACK, 1, { host: "B" }), []);
    assert.deepEqual(route.reply(KIND.ACK, 1, { mirror: true }), []);
    assert.equal(route.machine.retained(ID), 1);
  });

  it("asks for the record when a host knows a newer epoch", () => {
    const route = new Route();
    route.assign(0);
    route.offer(1);
    assert.deepEqual(route.reply(KIND.NACK, 0, { reason: "epoch" }, 2), [{ type: "refresh", id: ID }]);
    assert.equal(route.machine.retained(ID), 1);
  });

  it("numbers anew after another gateway's messages, losing none of its own", () => {
    const route = new Route();
    route.assign(0);
    route.offer("mine");
    route.offer("mine, too");
    route.epoch = 2;
    // While the slot was this route's, 1 was committed; 2 to 5 are another's.
    const begun = [
      [2, 1],
      [3, 5],
    ] as const;
    assert.deepEqual(sent(route.assign(5, "A", { begun })), ["A 6"]);
    assert.equal(route.machine.retained(ID), 1);
  });

  it("gives up nothing that it can't tell to be its own, where the record has forgotten", () => {
    const route = new Route();
    route.assign(0);
    route.offer("mine");
    route.epoch = 40;
    assert.deepEqual(sent(route.assign(5, "A", { begun: [[41, 5]] })), ["A 6"]);
  });

  it("forgets a closed slot, but none with messages", () => {
    const route = new Route();
    route.assign(0);
    route.offer(1);
    route.do("close");
    assert.equal(route.machine.size, 1);
    route.ack(1);
    route.do("close");
    assert.equal(route.machine.size, 0);
    assert.deepEqual(sent([...route.offer(2), ...route.assign(1)]), ["A 2"]);
  });

  it("counts bytes exactly, whatever is offered and acknowledged", () => {
    type Step = ["offer" | "ack" | "assign", number];
    const step = fc.tuple(fc.constantFrom("offer", "ack", "assign"), fc.nat(60)) as fc.Arbitrary<Step>;
    const take = (route: Route, [kind, n]: Step): void => {
      if (kind === "offer") route.offer("x", n);
      else if (kind === "ack") route.ack(n);
      else route.assign(n);
      assert.ok(route.machine.bytes >= 0 && route.machine.bytes <= 500);
      assert.equal(route.machine.retained(ID), route.machine.messages);
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const route = new Route({ maxBytes: 500, windowMessages: 4 });
        route.assign(0);
        for (const each of steps) take(route, each);
        for (let i = 0; i < 5000 && route.machine.messages > 0; i++) route.ack(i);
        assert.deepEqual([route.machine.messages, route.machine.bytes], [0, 0]);
      }),
    );
  });

  it("survives answers that nobody sane sends", () => {
    const route = new Route();
    assert.deepEqual(route.ack(1), []);
    route.assign(0);
    route.offer(1);
    const huge = Number.MAX_SAFE_INTEGER;
    assert.deepEqual(sent(route.reply(KIND.NACK, 0, { reason: "gap", expected: huge })), []);
    assert.deepEqual(sent(route.reply(KIND.NACK, 0, { reason: "gap", expected: 0 })), ["A 1"]);
    route.ack(huge);
    assert.deepEqual(sent(route.offer(2)), ["A 2"]);
  });

  it("keeps what it has never sent, whatever a host acknowledges", () => {
    const route = new Route({ windowMessages: 2 });
    route.assign(0);
    for (let n = 1; n <= 4; n++) route.offer(n);
    assert.deepEqual(sent(route.ack(4)), ["A 3", "A 4"], "3 and 4 waited for the window");
    route.do("hold");
    route.offer(5);
    route.ack(Number.MAX_SAFE_INTEGER);
    assert.equal(route.machine.retained(ID), 1);
    assert.deepEqual(sent(route.do("release")), ["A 5"]);
  });
});
