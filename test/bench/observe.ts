/** What measuring a message's session costs: the whole of what the profile node does with it, Node-RED apart. */
import { sessionFactsOf } from "../../src/adapters/nodered/gateway-message.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import { SessionObserver } from "../../src/adapters/pool/session-observer.ts";
import { SessionMeter } from "../../src/core/profile/session-meter.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Figure, opsPerSec } from "./harness.ts";

const OPS = 200_000;
const SESSIONS = 1_000;
/** Between two messages: each session then sends 5 a second. */
const STEP_MS = 0.2;
const GOAL = 1_000_000;

const topics = Array.from({ length: SESSIONS }, (_, i) => `site/device-${i}/up`);
const payloads: Record<string, (i: number) => unknown> = {
  object: (i) => ({ temperature: 20 + (i % 10), humidity: 40, battery: 3.6, seq: i }),
  "64-byte buffer": () => Buffer.alloc(64, 7),
  "JSON buffer": (i) =>
    Buffer.from(`{"temperature":${20 + (i % 10)},"humidity":40,"battery":3.6,"seq":${i}}`),
  "16-byte text": () => "ready, waiting",
};

function observed(kind: string): Figure {
  const clock = new FakeClock(1e12);
  const observer = new SessionObserver({
    sessions: new SessionDirectory(10_000),
    clock,
    windowMs: 60_000,
    slots: 1,
    deviceProfile: undefined,
    onChange: () => undefined,
  });
  const messages = topics.map((topic, i) => ({ topic, payload: payloads[kind]?.(i) }));
  const run = (): void => {
    for (let i = 0; i < OPS; i++) {
      clock.advance(STEP_MS);
      const message = messages[i % SESSIONS] as { topic: string; payload: unknown };
      observer.observe(message.topic, 0, message);
    }
  };
  return opsPerSec({ name: `observe: ${kind}, 1,000 sessions`, ops: OPS, run, goal: GOAL });
}

function metered(): Figure {
  const meter = new SessionMeter(60_000, 0);
  const random = seededRandom(1);
  let atMs = 0;
  const run = (): void => {
    for (let i = 0; i < OPS; i++) {
      atMs += random.next();
      if (meter.observe(atMs, 100, 0, 0)) meter.review(atMs);
    }
  };
  return opsPerSec({ name: "observe: one session's meter alone", ops: OPS, run });
}

/** A review of a full window of 64 irregular gaps: the dearest case, at most once a second and session. */
function reviewed(): Figure {
  const meter = new SessionMeter(60_000, 0);
  const random = seededRandom(1);
  let atMs = 0;
  for (let i = 0; i < 100; i++) {
    atMs -= 1_000 * Math.log(1 - random.next());
    meter.observe(atMs, 100, 0, 0);
  }
  const run = (): void => {
    for (let i = 0; i < 2_000; i++) meter.review(atMs);
  };
  return opsPerSec({ name: "review: 64 irregular gaps", ops: 2_000, run });
}

function factsDerived(): Figure {
  const messages = topics.map((topic, i) => ({ topic, payload: { temperature: 20 + (i % 10), seq: i } }));
  const run = (): void => {
    for (let i = 0; i < OPS; i++) sessionFactsOf(messages[i % SESSIONS] as (typeof messages)[number]);
  };
  return opsPerSec({ name: "session facts of a message without them", ops: OPS, run, goal: GOAL });
}

export function figures(): readonly Figure[] {
  return [...Object.keys(payloads).map(observed), metered(), reviewed(), factsDerived()];
}
