import assert from "node:assert/strict";
import fc from "fast-check";
import { SendQueue } from "../../../src/adapters/mqtt/send-queue.ts";

/** A broker that acknowledges when told to, and an event loop whose turns end when told to. */
class Wire {
  readonly sent: { topic: string; text: string }[] = [];
  readonly #unacknowledged: (() => void)[] = [];
  readonly #turns: (() => void)[] = [];
  readonly queue: SendQueue;

  constructor(maxBytes = 1e6) {
    this.queue = new SendQueue({
      publish: (topic, bytes, done) => {
        this.sent.push({ topic, text: bytes.toString() });
        this.#unacknowledged.push(done);
      },
      later: (send) => this.#turns.push(send),
      maxBytes,
    });
  }

  push(topic: string, text: string): boolean {
    return this.queue.push(topic, Buffer.from(text));
  }

  /** All that was sent on a topic, in its order. */
  textOf(topic: string): string {
    return this.sent
      .filter((one) => one.topic === topic)
      .map(({ text }) => text)
      .join("");
  }

  finish(): void {
    do {
      this.endTurn();
      this.acknowledge();
    } while (this.queue.bytes > 0);
  }

  get inFlight(): number {
    return this.#unacknowledged.length;
  }

  endTurn(): void {
    for (const send of this.#turns.splice(0)) send();
  }

  acknowledge(count = this.#unacknowledged.length): void {
    for (const done of this.#unacknowledged.splice(0, count)) done();
  }
}

describe("send queue", () => {
  it("sends what one turn brings together, per topic", () => {
    const wire = new Wire();
    for (const [topic, text] of [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ] as const)
      wire.push(topic, text);
    assert.deepEqual(wire.sent, []);
    wire.endTurn();
    assert.deepEqual(wire.sent, [
      { topic: "a", text: "13" },
      { topic: "b", text: "2" },
    ]);
  });

  it("collects while the broker is behind, and goes on with its acknowledgement", () => {
    const wire = new Wire();
    for (let i = 0; i < 20; i++) {
      wire.push("a", `${i} `);
      wire.endTurn();
    }
    assert.equal(wire.inFlight, 16);
    wire.acknowledge(1);
    assert.equal(wire.sent.at(-1)?.text, "16 17 18 19 ");
  });

  it("drops what exceeds its bound, and takes again when there is room", () => {
    const wire = new Wire(10);
    assert.ok(wire.push("a", "12345678901"), "one alone may be as long as it is");
    assert.equal(wire.push("a", "x"), false);
    wire.endTurn();
    assert.equal(wire.queue.bytes, 0);
    assert.ok(wire.push("a", "x"));
  });

  it("closes a batch that is long enough", () => {
    const wire = new Wire();
    const text = "x".repeat(40_000);
    for (let i = 0; i < 3; i++) wire.push("a", text);
    wire.endTurn();
    assert.deepEqual(
      wire.sent.map(({ text: { length } }) => length),
      [40_000, 40_000, 40_000],
    );
  });

  it("forgets all with its connection; late acknowledgements count for nothing", () => {
    const wire = new Wire();
    for (let i = 0; i < 20; i++) {
      wire.push("a", "x");
      wire.endTurn();
    }
    wire.queue.reset();
    wire.acknowledge();
    wire.endTurn();
    assert.equal(wire.queue.bytes, 0);
    for (let i = 0; i < 40; i++) {
      wire.push("a", "y");
      wire.endTurn();
    }
    assert.equal(wire.inFlight, 16, "the window is as wide as before");
  });

  it("tells when it is idle", () => {
    const wire = new Wire();
    const told: string[] = [];
    wire.queue.whenIdle(() => told.push("at once"));
    wire.push("a", "x");
    wire.queue.whenIdle(() => told.push("later"));
    wire.endTurn();
    assert.deepEqual(told, ["at once"]);
    wire.acknowledge();
    assert.deepEqual(told, ["at once", "later"]);
  });

  it("keeps the order per topic and loses nothing, whatever the pace", () => {
    const topic = fc.constantFrom("a", "b", "c");
    const push = fc.record({ topic, length: fc.integer({ min: 1, max: 70_000 }) });
    const steps = fc.array(fc.oneof(push, fc.nat(20)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const wire = new Wire(1e9);
        const pushed = new Map<string, string>();
        for (const [i, what] of all.entries()) {
          if (typeof what === "number") {
            wire.endTurn();
            wire.acknowledge(what);
            continue;
          }
          const text = `${i};`.padEnd(what.length, ".");
          pushed.set(what.topic, (pushed.get(what.topic) ?? "") + text);
          wire.push(what.topic, text);
          assert.ok(wire.inFlight <= 16);
        }
        wire.finish();
        for (const [name, texts] of pushed) assert.equal(wire.textOf(name), texts);
      }),
      { numRuns: 200 },
    );
  });
});
