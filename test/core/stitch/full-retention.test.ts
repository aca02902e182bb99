import assert from "node:assert/strict";
import { KIND } from "../../../src/core/record/envelope.ts";
import type { MessageClass } from "../../../src/core/stitch/message-class.ts";
import type { RetentionCommand } from "../../../src/core/stitch/protocol.ts";
import { Retention } from "../../../src/core/stitch/retention.ts";

import { RETRANSMIT_MS, Route, sent } from "../../support/retaining-route.ts";

describe("Retention whose host is full", () => {
  const full = (route: Route, expected: number): RetentionCommand[] =>
    route.reply(KIND.NACK, expected - 1, { reason: "full", expected });

  it("sends nothing more until the host asks, then goes on from there", () => {
    const route = new Route();
    route.assign(0);
    for (const payload of ["a", "b", "c"]) route.offer(payload);
    assert.deepEqual(sent(full(route, 2)), []);
    assert.deepEqual(sent(route.offer("d")), []);
    assert.equal(route.machine.halted, 1);
    assert.deepEqual(sent(route.reply(KIND.NACK, 1, { reason: "gap", expected: 2 })), ["A 2", "A 3", "A 4"]);
    assert.equal(route.machine.halted, 0);
  });

  it("goes on when all that the host took is committed, and asks with one message where the host is silent", () => {
    const route = new Route();
    route.assign(0);
    for (const payload of ["a", "b", "c"]) route.offer(payload);
    full(route, 2);
    assert.deepEqual(sent(route.tick(RETRANSMIT_MS)), ["A 1"]);
    assert.deepEqual(sent(route.ack(1)), ["A 2", "A 3"]);
  });
});

describe("Retention that is full", () => {
  const message = (payload: number) => ({ payload, bytes: 10, atMs: 5 });
  const SOME = { loss: "some", priority: 2 } as const;
  const LESS = { loss: "some", priority: 1 } as const;
  const NONE = { loss: "none", priority: 0 } as const;
  const slot = (name: string) => ({ sessionId: name, slot: 0 });

  function filled(): { machine: Retention; offer: (name: string, n: number, of: MessageClass) => string[] } {
    const machine = new Retention({ gateway: "gw", maxBytes: 60, windowMessages: 1 });
    let epoch = 0;
    const offer = (name: string, n: number, messageClass: MessageClass): string[] => {
      if (!machine.knows(slot(name)))
        machine.handle({ type: "assigned", id: slot(name), epoch: ++epoch, owner: "A", seq: 0 }, 0);
      const event = { type: "offer", id: slot(name), message: message(n), messageClass } as const;
      return machine.handle(event, 1).flatMap((command) => {
        if (command.type === "dropped")
          return command.messages.map(({ payload }) => `dropped ${command.id.sessionId} ${String(payload)}`);
        return command.type === "rejected" ? ["rejected"] : [];
      });
    };
    for (const n of [1, 2, 3]) offer("some", n, SOME);
    for (const n of [1, 2, 3]) offer("less", n, LESS);
    assert.equal(machine.bytes, 60);
    return { machine, offer };
  }

  it("drops what may be lost for what may not, the least important first, none that was sent", () => {
    const { machine, offer } = filled();
    // A little more than is needed gives way.
    assert.deepEqual(offer("alarm", 1, NONE), ["dropped less 2", "dropped less 3"]);
    assert.deepEqual(offer("alarm", 2, NONE), []);
    assert.deepEqual(offer("alarm", 3, NONE), ["dropped some 2", "dropped some 3"]);
    assert.deepEqual(offer("alarm", 4, NONE), []);
    assert.deepEqual(offer("alarm", 5, NONE), ["rejected"], "what was sent has its number");
    assert.deepEqual([machine.dropped, machine.bytes], [4, 60]);
    const ack = {
      ...slot("less"),
      kind: KIND.ACK,
      epoch: 2,
      seq: 1,
      meta: { host: "A" },
      payload: undefined,
    };
    machine.handle({ type: "reply", envelope: ack }, 1);
    assert.equal(machine.retained(slot("less")), 0);
  });

  it("drops for what may be lost itself only what is less important", () => {
    const { offer } = filled();
    assert.deepEqual(offer("less", 4, LESS), ["rejected"]);
    assert.deepEqual(offer("more", 1, { loss: "some", priority: 3 }).length, 2);
  });

  it("drops nothing that a predecessor may have sent", () => {
    const machine = new Retention({ gateway: "gw", maxBytes: 30 });
    const id = slot("some");
    const stream = { id, epoch: 3, acked: 4, messages: [message(5), message(6)] };
    machine.handle({ type: "restore", stream }, 0);
    machine.handle({ type: "offer", id, message: message(7), messageClass: SOME }, 0);
    const event = { type: "offer", id: slot("alarm"), message: message(1), messageClass: NONE } as const;
    assert.deepEqual(
      machine.handle(event, 0).map(({ type }) => type),
      ["rejected"],
    );
  });
});
