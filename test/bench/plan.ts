/** What a planning step costs: 10,000 sessions with forecasts on 32 hosts, some of them too full. */
import type { PlannedSlot } from "../../src/core/stitch/planner/plan-types.ts";
import { Planner } from "../../src/core/stitch/planner/planner.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { profileLike } from "../support/session-profiles.ts";
import { type Figure, median } from "./harness.ts";

const SESSIONS = 10_000;
const HOSTS = 32;
const STEPS = 60;
const STEP_MS = 5000;
const GOAL_MS = 5;
const HORIZON = 30;

const settings = { threshold: 0.85, leadTimeMs: 15_000, dwellMs: 45_000, policy: "predictive" } as const;

/** Rates as of a fleet: a few devices send most of it. */
function fleet() {
  const random = seededRandom(1);
  const rates = Array.from({ length: SESSIONS }, () => 0.2 / (0.02 + random.next()));
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const hosts = Array.from({ length: HOSTS }, (_, i) => ({
    host: `host-${i}`,
    capacity: { messagesPerSec: total / HOSTS / (0.4 + 0.4 * random.next()) },
    state: "open" as const,
  }));
  const slots: PlannedSlot[] = rates.map((rate, i) => ({
    id: { sessionId: `device/${i}`, slot: 0 },
    owner: `host-${i % HOSTS}`,
    load: { messagesPerSec: rate, bytesPerSec: 100 * rate },
    sessionSlots: 1,
    secondaries: [],
    isBusy: false,
  }));
  return { rates, hosts, slots };
}

/** A new forecast of every session each second step, as its curve moves on. */
export function figures(): readonly Figure[] {
  const { rates, hosts, slots } = fleet();
  const planner = new Planner();
  const random = seededRandom(2);
  const profiles = new Map<string, ReturnType<typeof profileLike>>();
  const rounds: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const nowMs = step * STEP_MS;
    if (step % 2 === 0)
      for (const [i, rate] of rates.entries()) {
        const messages = Array.from({ length: HORIZON }, () => rate * (1.5 + random.next()));
        profiles.set(
          `device/${i}`,
          profileLike({ sessionId: `device/${i}`, atMs: nowMs, messages, stepMs: 10_000, skill: 0.95 }),
        );
      }
    const start = performance.now();
    planner.plan({ nowMs, settings, hosts, slots, profileOf: (id) => profiles.get(id) });
    if (step >= 10) rounds.push(performance.now() - start);
  }
  const p50 = {
    name: `plan: ${SESSIONS} sessions, ${HOSTS} hosts, p50`,
    value: median(rounds),
    unit: "ms",
    rounds,
  };
  return [{ ...p50, goal: GOAL_MS, goalIs: "at-most" }];
}
