import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pattern } from "../../../src/core/forecast/session-profile.ts";
import type { SessionSummary } from "../../../src/core/profile/session-facts.ts";
import { SessionMeter } from "../../../src/core/profile/session-meter.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { Draws, feed, times } from "./rhythms.ts";

const WINDOW_MS = 60_000;
const START_MS = 1.7e12;
const PING = 77;
const meterFrom = (): SessionMeter => new SessionMeter(WINDOW_MS, START_MS);

/** Of 100 sessions with such gaps, how many are what after `count` messages. */
function judged(count: number, gapOf: (draws: Draws) => () => number): Map<Pattern, number> {
  const found = new Map<Pattern, number>();
  for (let seed = 1; seed <= 100; seed++) {
    const meter = meterFrom();
    feed(meter, START_MS, times(count, gapOf(new Draws(seededRandom(seed)))));
    found.set(meter.pattern, (found.get(meter.pattern) ?? 0) + 1);
  }
  return found;
}

describe("SessionMeter: patterns", () => {
  const rhythms: [string, Pattern, (draws: Draws) => () => number][] = [
    ["a clock", "periodic", () => () => 10_000],
    ["5 % jitter", "periodic", (draws) => () => draws.normal(10_000, 500)],
    ["15 % jitter", "periodic", (draws) => () => draws.normal(10_000, 1_500)],
    ["30 % jitter", "periodic", (draws) => () => draws.normal(10_000, 3_000)],
    [
      "send on change: 1-3 × the period",
      "periodic",
      (draws) => () => 10_000 * Math.ceil(draws.uniform(0, 3)),
    ],
    [
      "send on change: 4 of 5 polls are kept back",
      "periodic",
      (draws) => () => 600_000 * (draws.isOneIn(3) ? 1 : Math.ceil(draws.uniform(1, 12))),
    ],
    [
      "send on change: each poll tells something new by a chance of one in five",
      "periodic",
      (draws) => () => {
        let polls = 1;
        while (!draws.isOneIn(5)) polls++;
        return draws.normal(600_000 * polls, 10_000);
      },
    ],
    ["a fifth of frames lost", "periodic", (draws) => () => (draws.isOneIn(5) ? 20_000 : 10_000)],
    [
      "an outage of a day in 40 messages",
      "periodic",
      (draws) => () => (draws.isOneIn(40) ? 86_400_000 : 10_000),
    ],
    ["a period of a day", "periodic", (draws) => () => draws.normal(86_400_000, 60_000)],
    ["three messages at a time, each minute", "periodic", batches(3, 60_000)],
    ["chance (Poisson)", "event-driven", (draws) => () => draws.exponential(10_000)],
    ["bursts of 5", "bursty", (draws) => () => draws.exponential(draws.isOneIn(5) ? 300_000 : 500)],
    [
      "a meter that ticks while it runs",
      "bursty",
      (draws) => () =>
        draws.isOneIn(8) ? draws.uniform(2_000_000, 20_000_000) : draws.normal(95_000, 3_000),
    ],
    ["20 frames a second", "streaming", (draws) => () => draws.normal(50, 10)],
    ["10 messages a second by chance", "streaming", (draws) => () => draws.exponential(100)],
  ];

  function batches(size: number, periodMs: number): (draws: Draws) => () => number {
    return (draws) => {
      let sent = 0;
      return () => (++sent % size === 0 ? periodMs : draws.uniform(0, 40));
    };
  }

  for (const [what, pattern, gapOf] of rhythms)
    it(`${what}: ${pattern}, in 95 of 100 sessions`, () => {
      const found = judged(200, gapOf);
      assert.ok((found.get(pattern) ?? 0) >= 95, JSON.stringify([...found]));
    });

  it("tells a regular device after 5 messages", () => {
    const meter = meterFrom();
    feed(
      meter,
      START_MS,
      times(5, () => 3_600_000),
    );
    assert.equal(meter.pattern, "periodic");
  });

  it("says unknown of one message", () => {
    const meter = meterFrom();
    const { summary } = feed(meter, START_MS, [0]);
    assert.equal(summary?.pattern, "unknown");
    assert.equal(summary.messages, 1);
  });

  it("takes a fast session with silences for bursty", () => {
    const meter = meterFrom();
    const draws = new Draws(seededRandom(3));
    const burst = (): number[] => [12_000, ...times(80, () => draws.exponential(50))];
    const bursts = Array.from({ length: 40 }, burst).flat();
    feed(meter, START_MS, bursts);
    assert.equal(meter.pattern, "bursty");
  });

  it("takes an image of 50 kB a second for a stream", () => {
    const meter = meterFrom();
    feed(
      meter,
      START_MS,
      times(60, () => 1_000),
      50_000,
    );
    assert.equal(meter.pattern, "streaming");
  });
});

describe("SessionMeter: period", () => {
  it("is the base period within 3 % where messages are suppressed or lost", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const draws = new Draws(seededRandom(seed));
      const gaps = times(100, () => 608_000 * Math.ceil(draws.uniform(0, 2.5)) + draws.normal(0, 10_000));
      const { summary } = feed(meterFrom(), START_MS, gaps);
      const { periodMs = 0, periodConfidence = 0 } = summary ?? {};
      assert.ok(Math.abs(periodMs - 608_000) < 0.03 * 608_000, `${seed}: ${periodMs}`);
      assert.ok(periodConfidence > 0.8, `${periodConfidence}`);
    }
  });

  it("follows a re-configuration within 32 messages", () => {
    const meter = meterFrom();
    const { atMs } = feed(
      meter,
      START_MS,
      times(100, () => 600_000),
    );
    const { summary } = feed(
      meter,
      atMs,
      times(32, () => 60_000),
    );
    assert.ok(Math.abs((summary?.periodMs ?? 0) - 60_000) < 3_000, String(summary?.periodMs));
  });

  it("is steady: 10 % jitter makes no change of 1,000 messages", () => {
    const meter = meterFrom();
    const draws = new Draws(seededRandom(5));
    let atMs = START_MS;
    const periods: number[] = [];
    for (let i = 0; i < 1_000; i++) {
      const fed = feed(meter, atMs, [draws.normal(10_000, 1_000)]);
      atMs = fed.atMs;
      if (fed.summary?.periodMs && i > 20) periods.push(fed.summary.periodMs);
    }
    assert.equal(meter.pattern, "periodic");
    assert.ok(Math.max(...periods) < 1.1 * Math.min(...periods));
  });
});

describe("SessionMeter: keep-alive", () => {
  const heartbeats = (count: number): number[] => times(count, () => 30_000);

  it("is the same small payload, again and again", () => {
    const meter = meterFrom();
    feed(meter, START_MS, heartbeats(12), 4, PING);
    assert.equal(meter.pattern, "keep-alive");
  });

  it("isn't what can't be compared", () => {
    const meter = meterFrom();
    feed(meter, START_MS, heartbeats(12), 4, 0);
    assert.equal(meter.pattern, "periodic");
  });

  it("ends with the first other message, which asks for a review at once", () => {
    const meter = meterFrom();
    const { atMs } = feed(meter, START_MS, heartbeats(40), 4, PING);
    assert.equal(meter.observe(atMs + 5, 300, 0, 0), true);
    assert.equal(meter.pattern, "event-driven");
    assert.equal(meter.review(atMs + 5).pattern, "event-driven");
  });

  it("comes back after 8 more", () => {
    const meter = meterFrom();
    const { atMs } = feed(meter, START_MS, heartbeats(40), 4, PING);
    const { atMs: laterMs } = feed(meter, atMs, [5], 300);
    feed(meter, laterMs, heartbeats(20), 4, PING);
    assert.equal(meter.pattern, "keep-alive");
  });
});

describe("SessionMeter: summary", () => {
  it("counts rates over the window", () => {
    const { summary } = feed(
      meterFrom(),
      START_MS,
      times(2_000, () => 100),
      50,
    );
    assert.ok(Math.abs((summary?.messagesPerSec ?? 0) - 10) < 1, String(summary?.messagesPerSec));
    assert.ok(Math.abs((summary?.bytesPerSec ?? 0) - 500) < 50);
  });

  it("takes the mean gap for the rate of a session slower than its window", () => {
    const { summary } = feed(
      meterFrom(),
      START_MS,
      times(20, () => 600_000),
      50,
    );
    assert.ok(Math.abs((summary?.messagesPerSec ?? 0) - 1 / 600) < 1e-6);
    assert.equal(summary?.interArrival.meanMs, 600_000);
    assert.equal(summary?.interArrival.cv, 0);
  });

  it("leaves outages out of the gaps", () => {
    const gaps = [...times(40, () => 60_000), 86_400_000, ...times(30, () => 60_000)];
    const { summary } = feed(meterFrom(), START_MS, gaps);
    assert.deepEqual(summary?.interArrival, { meanMs: 60_000, cv: 0 });
  });

  it("tells each kind's share of the bytes, and the sizes", () => {
    const meter = meterFrom();
    for (let i = 0; i < 16; i++) meter.observe(START_MS + i * 1_000, i % 2 ? 300 : 100, i % 2 ? 3 : 0, 0);
    const { dataTypes, meanBytes, sizes } = meter.review(START_MS + 16_000);
    assert.deepEqual(dataTypes, { json: 0.25, image: 0.75 });
    assert.equal(meanBytes, 200);
    assert.deepEqual([sizes?.p50, sizes?.p95], [300, 300]);
    assert.ok(Math.abs((sizes?.typical ?? 0) - (Math.sqrt(101 * 301) - 1)) < 1e-6);
    assert.ok(Math.abs((sizes?.spread ?? 0) - Math.log(301 / 101) / 2) < 1e-6);
  });

  it("is finite, with shares that sum to 1, whatever comes", () => {
    const message = fc.record({
      gap: fc.oneof(
        fc.constant(0),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.integer({ min: -5, max: 500 }),
      ),
      bytes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1e7 })),
      kind: fc.integer({ min: 0, max: 4 }),
      mark: fc.integer({ min: 0, max: 2 }),
    });
    const messages = fc.array(message, { maxLength: 200 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 0, max: 1e13 }), (sent, startMs) => {
        const meter = new SessionMeter(WINDOW_MS, startMs);
        let atMs = startMs;
        for (const { gap, bytes, kind, mark } of sent) {
          atMs += gap;
          if (meter.observe(atMs, bytes, kind, mark)) assertSound(meter.review(atMs));
        }
      }),
    );
  });
});

function assertSound(summary: SessionSummary): void {
  const { messagesPerSec, bytesPerSec, interArrival, meanBytes, periodConfidence, periodMs = 1 } = summary;
  const values = [messagesPerSec, bytesPerSec, interArrival.meanMs, interArrival.cv, meanBytes];
  assert.ok(
    values.every((value) => Number.isFinite(value) && value >= 0),
    JSON.stringify(summary),
  );
  assert.ok(periodConfidence >= 0 && periodConfidence <= 1);
  assert.ok(periodMs > 0 && Number.isFinite(periodMs));
  const shares = Object.values(summary.dataTypes).reduce((sum, share) => sum + share, 0);
  assert.ok(shares === 0 || Math.abs(shares - 1) < 1e-9);
}

describe("SessionMeter: cost", () => {
  it("reviews a steady session more and more rarely, at the rarest each 16 s", () => {
    const meter = meterFrom();
    const { atMs } = feed(
      meter,
      START_MS,
      times(6_000, () => 100),
    );
    const { reviews } = feed(
      meter,
      atMs,
      times(3_200, () => 100),
    );
    assert.ok(reviews >= 19 && reviews <= 21, String(reviews));
  });

  it("never reviews more than once a second", () => {
    const draws = new Draws(seededRandom(1));
    const { reviews } = feed(
      meterFrom(),
      START_MS,
      times(10_000, () => draws.exponential(10)),
    );
    assert.ok(reviews <= 101, String(reviews));
  });
});
