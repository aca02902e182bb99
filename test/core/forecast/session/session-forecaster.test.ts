import assert from "node:assert/strict";
import fc from "fast-check";
import { makeForecaster } from "../../../../src/core/forecast/online/make-forecaster.ts";
import { PeerRates } from "../../../../src/core/forecast/session/peer-rates.ts";
import {
  SessionForecaster,
  type SessionKnowledge,
} from "../../../../src/core/forecast/session/session-forecaster.ts";
import type { Curve, SessionProfile } from "../../../../src/core/forecast/session-profile.ts";
import type { DeviceProfile } from "../../../../src/core/profile/device-profile.ts";
import type { SessionSummary } from "../../../../src/core/profile/session-facts.ts";
import * as devices from "../../../../src/demo/devices.ts";
import { room, runFleet, START_MS } from "../../../support/fleet-forecasts.ts";
import { seededRandom } from "../../../support/seeded-random.ts";

const STEP_MS = 1000;
const options = { id: "cam-7", stepMs: STEP_MS, horizon: 10, level: 80, make: makeForecaster } as const;

const summary: SessionSummary = {
  messages: 100,
  messagesPerSec: 0.5,
  bytesPerSec: 50,
  interArrival: { meanMs: 2000, cv: 0.02 },
  meanBytes: 100,
  pattern: "periodic",
  periodMs: 2000,
  periodConfidence: 0.9,
  dataTypes: { json: 1 },
};
const deviceProfile: DeviceProfile = {
  name: "meter",
  title: "Meter",
  match: {},
  rhythm: { pattern: "periodic", periodMs: 500, cv: 0.1 },
  bytes: 40,
  qos: { latencyMs: 200, loss: "none", order: "key", priority: 6 },
};

const knowledge = (isKnown: boolean, isDeclared: boolean): SessionKnowledge => ({
  ...(isKnown ? { summary } : undefined),
  ...(isDeclared ? { deviceProfile } : undefined),
});

function assertCurve({ median, lower, upper }: Curve, horizon: number): void {
  assert.deepEqual([median.length, lower.length, upper.length], [horizon, horizon, horizon]);
  for (const [i, point] of median.entries()) {
    const [low, high] = [lower[i] ?? Number.NaN, upper[i] ?? Number.NaN];
    assert.ok([low, point, high].every(Number.isFinite) && low >= 0 && low <= point && point <= high);
  }
}

function assertProfile(profile: SessionProfile): void {
  const { atMs, stepMs, horizon, bytes, messages, allocation, model } = profile;
  assertCurve(bytes, horizon);
  assertCurve(messages, horizon);
  assert.equal(atMs % stepMs, 0);
  const { peakBps, peakAtMs, hosts, capacityBps, readyByMs } = allocation;
  assert.ok(
    [peakBps, capacityBps, model.skill].every(Number.isFinite) && capacityBps >= peakBps && peakBps >= 0,
  );
  assert.ok(readyByMs >= atMs && readyByMs <= peakAtMs && peakAtMs < atMs + horizon * stepMs);
  assert.ok(Number.isInteger(hosts) && hosts >= 1);
}

/** A device that sends `bytes` every `periodMs`; the profile of each step. */
function run(
  forecaster: SessionForecaster,
  {
    periodMs,
    steps,
    bytes = 100,
    known = {},
    from = 0,
  }: { periodMs: number; steps: number; bytes?: number; known?: SessionKnowledge; from?: number },
): (SessionProfile | undefined)[] {
  const profiles: (SessionProfile | undefined)[] = [];
  for (let step = from; step < from + steps; step++) {
    const fromMs = START_MS + step * STEP_MS;
    const first = Math.ceil(fromMs / periodMs) * periodMs;
    for (let atMs = first; atMs < fromMs + STEP_MS; atMs += periodMs) forecaster.add(bytes, atMs);
    profiles.push(forecaster.step(fromMs + STEP_MS, known, room));
  }
  return profiles;
}

describe("session forecaster", () => {
  it("forecasts bytes and messages per second, dated to a step's end", () => {
    const profile = run(new SessionForecaster(options, START_MS), { periodMs: 250, steps: 20 }).at(-1);
    assert.ok(profile);
    assertProfile(profile);
    assert.deepEqual([profile.sessionId, profile.atMs], ["cam-7", START_MS + 20 * STEP_MS]);
    for (const point of profile.messages.median) assert.ok(Math.abs(point - 4) < 1e-6);
    for (const point of profile.bytes.median) assert.ok(Math.abs(point - 400) < 1e-6);
    assert.equal(profile.model.trainedOn, 19, "the step that the session began in does not count");
  });

  it("makes only profiles that hold to the contract, whatever the traffic", () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 1e9 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(gaps, fc.boolean(), fc.boolean(), (all, isKnown, isDeclared) => {
        const known = knowledge(isKnown, isDeclared);
        const forecaster = new SessionForecaster(options, START_MS);
        let nowMs = START_MS;
        for (const [gapMs, bytes] of all) {
          nowMs += gapMs;
          const profile = forecaster.step(nowMs, known, room);
          if (profile) assertProfile(profile);
          forecaster.add(bytes, nowMs);
        }
      }),
    );
  });

  it("takes pattern, period, kinds of data and QoS from what is known of the session", () => {
    const forecaster = new SessionForecaster(options, START_MS);
    const [profile] = run(forecaster, { periodMs: 2000, steps: 1, known: { summary, deviceProfile } });
    assert.deepEqual(
      [profile?.pattern, profile?.periodMs, profile?.dataTypes, profile?.qos],
      ["periodic", 2000, { json: 1 }, deviceProfile.qos],
    );
    const [inferred] = run(new SessionForecaster(options, START_MS), {
      periodMs: 2000,
      steps: 1,
      known: { summary: { ...summary, pattern: "keep-alive" } },
    });
    assert.deepEqual(inferred?.qos, { loss: "some", order: "none", priority: 1 });
  });

  it("says what the device profile declares before there is any history", () => {
    const [profile] = run(new SessionForecaster(options, START_MS), {
      periodMs: 500,
      steps: 1,
      known: { deviceProfile },
    });
    assert.equal(profile?.model.name, "profile meter");
    assert.deepEqual([profile.model.trainedOn, profile.model.skill], [0, 0]);
    assert.deepEqual(new Set(profile.messages.median), new Set([2]));
    assert.deepEqual(new Set(profile.bytes.median), new Set([80]));
    assert.ok((profile.messages.upper[0] ?? 0) > 2);
  });

  it("starts a new session as its peers are", () => {
    const peers = new PeerRates();
    const old = new SessionForecaster({ ...options, peers }, START_MS);
    run(old, { periodMs: 250, steps: 20 });
    const [profile] = run(new SessionForecaster({ ...options, id: "cam-8", peers }, START_MS), {
      periodMs: 500,
      steps: 1,
    });
    assert.equal(profile?.model.name, "peers");
    for (const point of profile.messages.median) assert.ok(Math.abs(point - 4) < 0.5, `${point}`);
  });

  it("starts a new session as those of its profile really are, whatever was declared of them", () => {
    const peers = new PeerRates();
    const known = {
      deviceProfile: { ...deviceProfile, rhythm: { pattern: "periodic", periodMs: 5_000 } },
    } as const;
    for (const id of ["m-1", "m-2", "m-3"])
      run(new SessionForecaster({ ...options, id, peers }, START_MS), { periodMs: 250, steps: 60, known });
    const [profile] = run(new SessionForecaster({ ...options, id: "m-4", peers }, START_MS), {
      periodMs: 250,
      steps: 1,
      known,
    });
    assert.equal(profile?.model.name, "profile meter + peers");
    for (const point of profile.messages.median) assert.ok(point > 3 && point < 4.2, `${point}`);
  });

  it("expects nothing more of a device without a period that is silent for much longer than it ever is", () => {
    const known = {
      summary: { ...summary, pattern: "event-driven", periodMs: 0, interArrival: { meanMs: 500, cv: 1 } },
    } as const;
    const forecaster = new SessionForecaster(options, START_MS);
    run(forecaster, { periodMs: 500, steps: 40, known });
    const profiles = run(forecaster, { periodMs: Number.POSITIVE_INFINITY, steps: 6, known, from: 40 });
    const { model, messages } = profiles.at(-1) as SessionProfile;
    assert.equal(model.name, "offline");
    assert.deepEqual(new Set(messages.median), new Set([0]));
  });

  it("leaves a declared rhythm that does not hold behind", () => {
    const known = {
      deviceProfile: { ...deviceProfile, rhythm: { pattern: "unknown", periodMs: 50 } },
    } as const;
    const profile = run(new SessionForecaster(options, START_MS), { periodMs: 500, steps: 40, known }).at(-1);
    for (const point of profile?.messages.median ?? [0]) assert.ok(Math.abs(point - 2) < 0.2, `${point}`);
  });

  it("says nothing of a new session that nothing is known of", () => {
    assert.deepEqual(run(new SessionForecaster(options, START_MS), { periodMs: 500, steps: 1 }), [undefined]);
  });

  it("expects a periodic device's messages in their steps", () => {
    const profile = run(new SessionForecaster(options, START_MS), {
      periodMs: 2000,
      steps: 60,
      known: { summary },
    }).at(-1);
    assert.match(profile?.model.name ?? "", /rhythm/);
    profile?.messages.median.forEach((point, i) => {
      assert.ok(Math.abs(point - (i % 2 === 0 ? 1 : 0)) < 0.05, `step ${i}: ${point}`);
    });
    assert.ok((profile?.model.skill ?? 0) > 0.4);
  });

  describe("when a device falls silent", () => {
    it("takes a periodic one for offline: expects nothing, but sets aside what it had", () => {
      const forecaster = new SessionForecaster(options, START_MS);
      run(forecaster, { periodMs: 250, steps: 30, known: { summary: { ...summary, periodMs: 250 } } });
      const known = { summary: { ...summary, periodMs: 250 } };
      const profile = forecaster.step(START_MS + 35 * STEP_MS, known, room);
      assert.equal(profile?.model.name, "offline");
      assert.deepEqual(new Set(profile.messages.median), new Set([0]));
      assert.ok(profile.allocation.peakBps > 0);
      assert.equal(profile.model.trainedOn, 30, "of the outage, only the step it began in counts");
    });

    it("forecasts it as before when it comes back, since an outage is no zero", () => {
      const known = { summary: { ...summary, periodMs: 250 } };
      const forecaster = new SessionForecaster(options, START_MS);
      run(forecaster, { periodMs: 250, steps: 60, known });
      for (let step = 60; step < 75; step++) forecaster.step(START_MS + (step + 1) * STEP_MS, known, room);
      const profile = run(forecaster, { periodMs: 250, steps: 2, known, from: 75 }).at(-1);
      for (const point of profile?.messages.median ?? [0]) assert.ok(point > 3, `${point}`);
    });

    it("counts the silence of another one as zeros", () => {
      const forecaster = new SessionForecaster(options, START_MS);
      run(forecaster, { periodMs: 250, steps: 30 });
      const profile = forecaster.step(START_MS + 45 * STEP_MS, {}, room);
      assert.ok((profile?.messages.median[0] ?? 9) < 1);
    });

    it("says once that nothing is expected, then rests until it speaks", () => {
      const forecaster = new SessionForecaster(options, START_MS);
      run(forecaster, { periodMs: 250, steps: 30 });
      const last = forecaster.step(START_MS + 60 * STEP_MS, {}, room);
      assert.equal(last?.model.name, "silent");
      assert.deepEqual(new Set([...last.bytes.upper, ...last.messages.median]), new Set([0]));
      assert.equal(forecaster.step(START_MS + 61 * STEP_MS, {}, room), undefined);
      forecaster.add(100, START_MS + 61 * STEP_MS + 5);
      assert.ok(forecaster.step(START_MS + 62 * STEP_MS, {}, room));
    });
  });
});

describe("forecasts of the demo's devices", () => {
  const fleets = {
    "periodic sensors": devices.periodicSensor,
    "event sensors": devices.eventSensor,
    "bursty loggers": devices.burstyLogger,
    "keep-alives": devices.keepAlive,
    streamers: devices.streamer,
  };
  const sourcesOf = (make: (typeof fleets)["keep-alives"]): devices.Source[] =>
    Array.from({ length: 4 }, (_, i) => make(`d-${i}`, seededRandom(70 + i)));

  for (const stepMs of [1000, 10_000])
    for (const [name, make] of Object.entries(fleets)) {
      // Two in each step of 10 s, always: nothing to scale an error with.
      if (name === "keep-alives" && stepMs === 10_000) continue;
      it(`err less than "as it was" on ${name}, in steps of ${stepMs} ms`, () => {
        const { mase, naiveMase } = runFleet({ sources: sourcesOf(make), stepMs, forMs: 200 * stepMs });
        assert.ok(mase !== null && naiveMase !== null && mase < naiveMase, `${mase} against ${naiveMase}`);
      });
    }

  it("err a quarter as much as that on periodic sensors whose period is known", () => {
    const sources = Array.from({ length: 4 }, (_, i) => devices.keepAlive(`m-${i}`, seededRandom(i)));
    const known = (): SessionKnowledge => ({ summary: { ...summary, periodMs: 5000 } });
    const { mase, naiveMase } = runFleet({ sources, stepMs: 1000, forMs: 200_000, known });
    assert.ok(mase !== null && naiveMase !== null && mase < naiveMase / 4, `${mase} against ${naiveMase}`);
  });
});
