/** What a planning step costs: 10,000 sessions with forecasts on 32 hosts, some of them too full; and the advice with it. */
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import type { PlannedSlot } from "../../src/core/stitch/planner/plan-types.ts";
import { Planner } from "../../src/core/stitch/planner/planner.ts";
import { ScaleAdvisor } from "../../src/core/stitch/scale-advice.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { profileLike } from "../support/session-profiles.ts";
import { type Figure, median } from "./harness.ts";

const SESSIONS = 10_000;
const HOSTS = 32;
const STEPS = 120;
const WARM_UP = 20;
const STEP_MS = 5000;
const GOAL_MS = 5;
const HORIZON = 30;
/** Sets of curves that take turns. */
const CURVES = 4;

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

/** Curves are made beforehand: what making them leaves to the garbage collector is not the planner's. */
function curves(rates: readonly number[]): SessionProfile[][] {
  const random = seededRandom(2);
  return Array.from({ length: CURVES }, () =>
    rates.map((rate, i) => {
      const messages = Array.from({ length: HORIZON }, () => rate * (1.5 + random.next()));
      return profileLike({ sessionId: `device/${i}`, atMs: 0, messages, stepMs: 10_000, skill: 0.95 });
    }),
  );
}

/** A new forecast of every session each second step, as its curve moves on; new rates in each. */
export function figures(): readonly Figure[] {
  const { rates, hosts, slots } = fleet();
  const planner = new Planner();
  const advisor = new ScaleAdvisor();
  const random = seededRandom(3);
  const made = curves(rates);
  let profiles: SessionProfile[] = [];
  const reads: number[] = [];
  const plans: number[] = [];
  const advices: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const nowMs = step * STEP_MS;
    const known = made[(step >> 1) % CURVES] ?? [];
    if (step % 2 === 0) {
      profiles = known.map((profile) => ({ ...profile, atMs: nowMs }));
      const begin = performance.now();
      for (const profile of profiles) planner.profiled(profile, nowMs, settings.leadTimeMs);
      if (step >= WARM_UP) reads.push(((performance.now() - begin) * 1000) / SESSIONS);
    }
    const now = slots.map((slot, i) => {
      const messagesPerSec = (rates[i] as number) * (0.9 + 0.2 * random.next());
      return { ...slot, load: { messagesPerSec, bytesPerSec: 100 * messagesPerSec }, profile: profiles[i] };
    });
    const start = performance.now();
    planner.plan({ nowMs, settings, hosts, slots: now });
    const planned = performance.now();
    advisor.see({ nowMs, threshold: 0.85, spareHost: false, isForecast: true, hosts, slots: now });
    if (step < WARM_UP) continue;
    plans.push(planned - start);
    advices.push(performance.now() - planned);
  }
  const of = `${SESSIONS} sessions, ${HOSTS} hosts, p50`;
  const read = {
    name: "plan: a new forecast is taken in, p50",
    value: median(reads),
    unit: "µs",
    rounds: reads,
  };
  const steps = [
    { name: `plan: ${of}`, rounds: plans },
    { name: `advice: ${of}`, rounds: advices },
  ].map(({ name, rounds }) => ({
    name,
    value: median(rounds),
    unit: "ms",
    rounds,
    goal: GOAL_MS,
    goalIs: "at-most" as const,
  }));
  return [read, ...steps];
}
