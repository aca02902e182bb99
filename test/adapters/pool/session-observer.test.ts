import assert from "node:assert/strict";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { SessionObserver } from "../../../src/adapters/pool/session-observer.ts";
import type { ProfileChange } from "../../../src/core/profile/profile-change.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { seededRandom } from "../../support/seeded-random.ts";

describe("SessionObserver", () => {
  const clock = new FakeClock(1.7e12);
  let changes: ProfileChange[] = [];
  let observer: SessionObserver;

  const make = (sessions = new SessionDirectory(10)): void => {
    changes = [];
    const options = { sessions, clock, windowMs: 60_000, slots: 1, deviceProfile: undefined };
    observer = new SessionObserver({ ...options, onChange: (change) => changes.push(change) });
  };
  /** The pattern after `count` messages `gapMs` apart. */
  const send = (count: number, gapMs: number, payload: unknown, topic = "d"): string => {
    let pattern = "";
    for (let i = 0; i < count; i++) {
      clock.advance(gapMs);
      ({ pattern } = observer.observe(topic, 0, { topic, payload }));
    }
    return pattern;
  };

  it("tells of the end of keep-alive with the very message that ends it", () => {
    make();
    assert.equal(send(20, 30_000, "alive"), "keep-alive");
    changes = [];
    assert.equal(send(1, 10, { alarm: "open", value: 1 }), "event-driven");
    assert.deepEqual(
      changes.map(({ before, after }) => [before.pattern, after.pattern]),
      [["keep-alive", "event-driven"]],
    );
  });

  it("tells of a period that drifts away by small steps", () => {
    make();
    send(100, 10_000, { t: 1 });
    changes = [];
    for (let gapMs = 10_000; gapMs < 20_000; gapMs += 100) send(10, gapMs, { t: 1 });
    const periods = changes.map(({ after }) => after.periodMs ?? 0);
    assert.ok(periods.length >= 2 && periods.length <= 6, JSON.stringify(periods));
    assert.deepEqual(
      changes.map(({ after }) => after.pattern),
      changes.map(() => "periodic"),
    );
  });

  it("tells of payloads that grow, once, though their rhythm stays", () => {
    make();
    send(200, 10_000, Buffer.alloc(100));
    changes = [];
    send(300, 10_000, Buffer.alloc(200));
    assert.deepEqual(
      changes.map(({ before, after }) => [before.bytes, after.bytes, after.pattern]),
      [[100, 200, "periodic"]],
    );
  });

  it("tells of payloads that become of another kind", () => {
    make();
    send(200, 10_000, '{"t":21.5}');
    changes = [];
    send(1_000, 10_000, Buffer.from([1, 2, 250, 0, 0, 7, 255, 3, 4, 5]));
    assert.deepEqual(
      changes.filter(({ before, after }) => before.kind !== after.kind).map(({ after }) => after.kind),
      ["binary"],
    );
  });

  it("says nothing of sizes that vary as they always did", () => {
    const random = seededRandom(3);
    make();
    // From some bytes to some MB: exp of a sum of uniforms.
    const size = (): number => Math.round(Math.exp(5 + 6 * (random.next() + random.next() - 1)));
    for (let i = 0; i < 100; i++) send(1, 10_000, Buffer.alloc(size()));
    changes = [];
    for (let i = 0; i < 3_000; i++) send(1, 10_000, Buffer.alloc(size()));
    assert.deepEqual(changes, []);
  });

  it("says nothing while nothing changes", () => {
    make();
    send(100, 10_000, { t: 1 });
    changes = [];
    send(1_000, 10_000, { t: 2 });
    assert.deepEqual(changes, []);
  });

  it("takes the declared pattern until one is measured", () => {
    make();
    assert.equal(send(1, 0, { occupancy: true }, "zigbee2mqtt/hall"), "event-driven");
    assert.equal(send(20, 10_000, { occupancy: true, n: 1 }, "zigbee2mqtt/hall"), "periodic");
  });

  it("forgets the sessions that are used least when there are too many", () => {
    const sessions = new SessionDirectory(10);
    make(sessions);
    for (let i = 0; i < 1_000; i++) send(1, 1, "x", `d${i}`);
    assert.equal(sessions.size, 10);
  });
});
