import assert from "node:assert/strict";
import fc from "fast-check";
import { PeerRates } from "../../../../src/core/forecast/session/peer-rates.ts";
import { blended, priorOf } from "../../../../src/core/forecast/session/prior.ts";
import type { DeviceProfile } from "../../../../src/core/profile/device-profile.ts";
import type { SessionSummary } from "../../../../src/core/profile/session-facts.ts";

const STEP_MS = 1000;
const declared: DeviceProfile = {
  name: "meter",
  title: "Meter",
  match: {},
  rhythm: { pattern: "periodic", periodMs: 500, cv: 0.1 },
  bytes: 40,
  qos: { loss: "none", order: "key", priority: 6 },
};
const summary = (messages: number, messagesPerSec: number): SessionSummary => ({
  messages,
  messagesPerSec,
  bytesPerSec: messagesPerSec * 100,
  interArrival: { meanMs: 1000 / messagesPerSec, cv: 1 },
  meanBytes: 100,
  pattern: "unknown",
  periodConfidence: 0,
  dataTypes: {},
});

const flat = (value: number) => [value, value, value];

describe("peer rates", () => {
  it("tell of nobody before enough was seen, then the mean of a step", () => {
    const peers = new PeerRates();
    assert.equal(peers.of("meter"), undefined);
    for (let i = 0; i < 20; i++) peers.observe("meter", i % 2, (i % 2) * 10);
    const { messages = 0, bytes = 0 } = peers.of("meter") ?? {};
    assert.ok(Math.abs(messages - 0.5) < 1e-9 && Math.abs(bytes - 5) < 1e-9);
    assert.equal(peers.of("camera"), undefined);
  });

  it("stay within what was seen, whatever it was", () => {
    const counts = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 8, maxLength: 1500 });
    fc.assert(
      fc.property(counts, (values) => {
        const peers = new PeerRates();
        for (const value of values) peers.observe("", value, value);
        const { messages = Number.NaN } = peers.of("") ?? {};
        const slack = 1e-9 * (1 + Math.max(...values));
        assert.ok(messages >= Math.min(...values) - slack && messages <= Math.max(...values) + slack);
      }),
    );
  });
});

describe("prior", () => {
  const at = { stepMs: STEP_MS, silentMs: 0 };

  it("is what is declared, then what peers carry, else what was measured", () => {
    const peers = { messages: 4, bytes: 80, steps: 1_000 };
    assert.deepEqual(
      [0, 30, 1_000].map((steps) => {
        const prior = priorOf({ ...at, declared, peers: { ...peers, steps } });
        return [prior?.name, Math.round((prior?.messagesPerSec ?? 0) * 10) / 10];
      }),
      [
        ["profile meter + peers", 2],
        ["profile meter + peers", 3],
        ["profile meter + peers", 3.9],
      ],
    );
    assert.equal(priorOf({ ...at, declared })?.messagesPerSec, 2);
    const undeclared = { ...declared, rhythm: { pattern: "unknown" } } as const;
    const ofPeers = priorOf({ ...at, declared: undeclared, peers });
    assert.deepEqual(
      [ofPeers?.name, ofPeers?.messagesPerSec, ofPeers?.bytesPerSec],
      ["peers of meter", 4, 80],
    );
    assert.equal(priorOf({ ...at, summary: summary(10, 3) })?.messagesPerSec, 3);
    assert.equal(priorOf(at), undefined);
  });

  it("goes over to what was measured, message by message", () => {
    const rates = [2, 4, 16, 64].map(
      (messages) => priorOf({ ...at, declared, summary: summary(messages, 10) })?.messagesPerSec ?? 0,
    );
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => a - b),
    );
    assert.ok((rates[0] ?? 0) > 2 && (rates[3] ?? 0) > 9);
  });

  it("knows a steady stream's rate after a few messages, whatever its peers carry", () => {
    const steady = { ...summary(60, 10), interArrival: { meanMs: 100, cv: 0.05 } };
    const peers = { messages: 1_000, bytes: 1e5, steps: 500 };
    const rate = (of: SessionSummary): number => priorOf({ ...at, peers, summary: of })?.messagesPerSec ?? 0;
    assert.ok(Math.abs(rate(steady) - 10) < 1, `${rate(steady)}`);
    assert.ok(rate(summary(60, 10)) > 50, "of random gaps as many tell less");
  });

  it("counts a silence as a gap as far as it has come", () => {
    const measured = summary(3, 1);
    const rate = (silentMs: number): number =>
      priorOf({ stepMs: STEP_MS, silentMs, summary: measured })?.messagesPerSec ?? 0;
    assert.equal(rate(1000), 1);
    assert.ok(rate(10_000) < 0.2);
  });

  it("expects no message in a step of most of which there is none", () => {
    const model = { name: "ses", skill: 0, trainedOn: 0, seasons: [] };
    const forecast = { median: flat(0), lower: flat(0), upper: flat(0), level: 80, model } as const;
    const prior = { name: "peers", messagesPerSec: 0.3, bytesPerSec: 30, cv: 1 };
    const { median, upper } = blended({ forecast, prior, perStep: 0.3, messagesPerStep: 0.3 });
    assert.deepEqual(median, flat(0));
    assert.ok((upper[0] ?? 0) > 0.3, "but one may come");
  });

  it("leaves lower ≤ median ≤ upper, finite and never below 0", () => {
    const rate = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        rate,
        rate,
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.nat(40),
        (own, said, cv, trainedOn) => {
          const model = { name: "ses", skill: 0, trainedOn, seasons: [] };
          const forecast = {
            median: flat(own),
            lower: flat(own / 2),
            upper: flat(own * 2),
            level: 90,
            model,
          } as const;
          const prior = { name: "p", messagesPerSec: said, bytesPerSec: said, cv };
          const { median, lower, upper } = blended({ forecast, prior, perStep: said, messagesPerStep: said });
          for (const [i, point] of median.entries()) {
            const [low = Number.NaN, high = Number.NaN] = [lower[i], upper[i]];
            assert.ok(low >= 0 && low <= point && point <= high && Number.isFinite(high));
          }
        },
      ),
    );
  });
});
