import assert from "node:assert/strict";
import type { OwnershipCommand } from "../../../src/core/stitch/protocol.ts";
import { Host, ID, stored } from "../../support/owning-host.ts";

describe("a host's intake", () => {
  /** Room for so many of the messages here, each 512 bytes and its payload. */
  const roomFor = (messages: number): number => messages * 516;
  const replies = (commands: readonly OwnershipCommand[]): unknown[] =>
    commands.flatMap((command) =>
      command.type === "reply" ? [[command.envelope.meta.reason, command.envelope.meta.expected]] : [],
    );

  it("is bounded over all slots: what finds no room is refused, counted, and asked for when there is some", () => {
    // A slot may take an eighth of it.
    const host = new Host({ intakeBytes: 8 * roomFor(4) });
    host.receive(1);
    host.read(stored(1));
    for (let seq = 2; seq <= 4; seq++) host.receive(seq);
    assert.deepEqual(replies(host.receive(5)), [["full", 5]]);
    assert.deepEqual(replies(host.receive(6)), [], "what follows is not asked for as if it were missing");
    assert.equal(host.machine.refused, 1);
    assert.equal(host.machine.intakeBytes, roomFor(4));
    assert.deepEqual(replies(host.handle({ type: "tick" })), [], "no room yet");
    host.process(1, 1);
    host.process(2, 2);
    host.nowMs = 300;
    const asked = host.handle({ type: "tick" });
    assert.deepEqual(replies(asked), [["gap", 5]]);
    assert.equal(host.machine.intakeBytes, roomFor(2));
  });

  it("tells the operator, once per minute", () => {
    const host = new Host({ intakeBytes: 8 * roomFor(1) });
    host.receive(1);
    host.read(stored(1));
    host.receive(2);
    const told = host.handle({ type: "tick" }).filter(({ type }) => type === "complain");
    assert.equal(told.length, 1);
    host.receive(2);
    host.nowMs = 30_000;
    assert.deepEqual(
      host.handle({ type: "tick" }).filter(({ type }) => type === "complain"),
      [],
    );
  });

  it("bounds what waits for the store to show its epoch too", () => {
    const host = new Host({ intakeBytes: 8 * roomFor(3) });
    for (let seq = 1; seq <= 10; seq++) host.receive(seq);
    assert.equal(host.machine.intakeBytes, roomFor(3));
    assert.equal(host.machine.refused, 7);
    host.read(stored(1));
    assert.equal(host.machine.intakeBytes, roomFor(3));
  });

  it("holds nothing of a slot that is lost", () => {
    const host = new Host();
    host.receive(1);
    host.read(stored(1));
    host.receive(2);
    host.handle({ type: "changed", id: ID, stored: stored(2, { epoch: 2, owner: "B" }) });
    assert.equal(host.machine.intakeBytes, 0);
  });
});
