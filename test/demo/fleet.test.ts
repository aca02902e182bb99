import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Due, Source } from "../../src/demo/devices.ts";
import { Fleet, type FleetObserver } from "../../src/demo/fleet.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { seededRandom } from "../support/seeded-random.ts";

type Acknowledge = (error?: Error | null) => void;

const sourceOf = (
  device: string,
  messages: readonly (readonly [dueMs: number, channel: string])[],
): Source => {
  const due = messages.map(([dueMs, channel]): Due => ({ dueMs, device, channel, bytes: 30, kind: "json" }));
  let at = 0;
  return { device, next: () => due[at++] };
};

function rig(sources: readonly Source[], maxUnacknowledged = 100) {
  const clock = new FakeClock(1_000);
  const published: { topic: string; n: number; acknowledge: Acknowledge }[] = [];
  const told: string[] = [];
  const observer: FleetObserver = {
    sent: (device, key, n, atMs) => told.push(`sent ${device}/${key}/${n} ${atMs}`),
    unsent: (device, key, n) => told.push(`unsent ${device}/${key}/${n}`),
  };
  const publish = (topic: string, payload: string | Buffer, acknowledge: Acknowledge): void => {
    published.push({ topic, n: (JSON.parse(String(payload)) as { n: number }).n, acknowledge });
  };
  const fleet = new Fleet({ sources, publish, observer, clock, random: seededRandom(1), maxUnacknowledged });
  return { fleet, clock, published, told };
}

describe("Fleet", () => {
  it("sends what is due, numbered per device and channel", async () => {
    const sources = [
      sourceOf("a", [
        [0, "x"],
        [5, "y"],
        [10, "x"],
      ]),
      sourceOf("b", [[5, "x"]]),
    ];
    const { fleet, clock, published, told } = rig(sources);
    const done = fleet.start();
    for (const stepMs of [0, 5, 5]) {
      clock.advance(stepMs);
      fleet.tick();
    }
    await done;
    for (const { acknowledge } of published) acknowledge();
    await fleet.stop();
    assert.deepEqual(
      published.map(({ topic, n }) => `${topic} ${n}`),
      ["devices/a/x 1", "devices/a/y 1", "devices/b/x 1", "devices/a/x 2"],
    );
    assert.deepEqual(told, ["sent a/x/1 1000", "sent a/y/1 1005", "sent b/x/1 1005", "sent a/x/2 1010"]);
  });

  it("tells names as they stand in topics", async () => {
    const { fleet, told } = rig([sourceOf("a/b", [[0, "+"]])]);
    const done = fleet.start();
    fleet.tick();
    await done;
    void fleet.stop();
    assert.deepEqual(told, ["sent a%2Fb/%2B/1 1000"]);
  });

  it("waits for the broker rather than pile up, and forgets nothing", async () => {
    const { fleet, published } = rig(
      [
        sourceOf("a", [
          [0, "x"],
          [0, "x"],
          [0, "x"],
        ]),
      ],
      2,
    );
    const done = fleet.start();
    fleet.tick();
    assert.equal(published.length, 2);
    published[0]?.acknowledge();
    fleet.tick();
    await done;
    assert.deepEqual(
      published.map(({ n }) => n),
      [1, 2, 3],
    );
    void fleet.stop();
  });

  it("ends when everything is acknowledged, and says what the broker refused", async () => {
    const { fleet, published, told } = rig([
      sourceOf("a", [
        [0, "x"],
        [0, "x"],
      ]),
    ]);
    const done = fleet.start();
    fleet.tick();
    await done;
    const stopped = fleet.stop();
    published[0]?.acknowledge(new Error("refused"));
    assert.equal(fleet.unacknowledged, 1);
    published[1]?.acknowledge();
    await stopped;
    assert.equal(told.at(-1), "unsent a/x/1");
  });

  it("keeps each key's order, however irregular the ticks", () => {
    const messages = fc.array(fc.tuple(fc.nat(1_000), fc.constantFrom("x", "y")), { maxLength: 40 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat(300), { maxLength: 10 }), (unsorted, steps) => {
        const sorted = unsorted.toSorted(([a], [b]) => a - b);
        const { fleet, clock, published } = rig([sourceOf("a", sorted)]);
        void fleet.start();
        for (const stepMs of [...steps, 1_000]) {
          clock.advance(stepMs);
          fleet.tick();
        }
        void fleet.stop();
        assert.equal(published.length, sorted.length);
        for (const channel of ["x", "y"]) {
          const numbers = published.filter(({ topic }) => topic.endsWith(channel)).map(({ n }) => n);
          assert.deepEqual(
            numbers,
            numbers.map((_, i) => i + 1),
          );
        }
      }),
    );
  });
});
