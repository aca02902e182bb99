import assert from "node:assert/strict";
import fc from "fast-check";
import type { SessionProfile } from "../../../../src/core/forecast/session-profile.ts";
import type { PlannedHost, PlannedSlot } from "../../../../src/core/stitch/planner/plan-types.ts";
import { Planner } from "../../../../src/core/stitch/planner/planner.ts";
import { applied, host, inputOf, type PoolLike, SETTINGS, unsure } from "./pools.ts";

const HOSTS = ["A", "B", "C", "D"];
/** Variances are taken off again as slots leave: what is left of their rounding, of a capacity of 10. */
const NEARLY = 1e-6;

const anyHost = (name: string) =>
  fc
    .record({ capacity: fc.double({ min: 10, max: 200, noNaN: true }), role: fc.nat(9) })
    .map(({ capacity, role }) => host(name, capacity, { state: role === 0 ? "closed" : "open" }));

const anySlot = fc.record({
  session: fc.nat(11),
  owner: fc.constantFrom(...HOSTS),
  rate: fc.double({ min: 0, max: 60, noNaN: true }),
  isBusy: fc.nat(9).map((n) => n === 0),
  secondary: fc.option(fc.constantFrom(...HOSTS), { nil: undefined }),
});

const anyPool = fc
  .record({
    hosts: fc.tuple(...HOSTS.map(anyHost)),
    drawn: fc.array(anySlot, { maxLength: 60 }),
    peaks: fc.array(
      fc.tuple(
        fc.nat(11),
        fc.array(fc.double({ min: 0, max: 90, noNaN: true }), { minLength: 6, maxLength: 6 }),
      ),
      { maxLength: 6 },
    ),
  })
  .map(({ hosts, drawn, peaks }): Required<Pick<PoolLike, "hosts" | "slots" | "profiles">> => {
    const counts = new Map<string, number>();
    const drafts = drawn.map(({ session, owner, rate, isBusy, secondary }) => {
      const sessionId = `cam-${session}`;
      const index = counts.get(sessionId) ?? 0;
      counts.set(sessionId, index + 1);
      const secondaries = secondary === undefined || secondary === owner ? [] : [secondary];
      const load = { messagesPerSec: rate, bytesPerSec: 10 * rate };
      return { id: { sessionId, slot: index }, owner, load, isBusy, secondaries };
    });
    const slots = drafts.map((draft) => ({
      ...draft,
      sessionSlots: counts.get(draft.id.sessionId) as number,
    }));
    const profiles = [...new Map(peaks)].map(([i, rates]) => unsure(`cam-${i}`, rates));
    return { hosts, slots, profiles };
  });

/** What a slot is expected to need within the lead time: what is measured, or what its session's forecast says if that is more. */
function needOf({ id, load }: PlannedSlot, slots: readonly PlannedSlot[], pool: PoolLike): number {
  const all = slots.filter((other) => other.id.sessionId === id.sessionId);
  const total = all.reduce((sum, other) => sum + other.load.messagesPerSec, 0);
  const share = total > 0 ? load.messagesPerSec / total : 1 / all.length;
  const curve = pool.profiles?.find(({ sessionId }) => sessionId === id.sessionId)?.messages;
  if (!curve) return load.messagesPerSec;
  const [a = 0, b = 0, c = 0] = curve.median;
  return Math.max(load.messagesPerSec, ((a + b + c) / 3) * share);
}

/** A host's utilisation within the lead time, worked out the slow way. */
function peakOf(
  { host: name, capacity }: PlannedHost,
  slots: readonly PlannedSlot[],
  pool: PoolLike,
): number {
  const mine = slots.filter(({ owner }) => owner === name);
  const load = mine.reduce((sum, slot) => sum + needOf(slot, slots, pool), 0);
  return load / (capacity.messagesPerSec as number);
}

/** Seconds of overload to be reckoned with if all stayed as it is measured, up to a factor. */
function strainOf({ hosts }: Pick<PoolLike, "hosts">, slots: readonly PlannedSlot[]): number {
  return hosts.reduce((sum, { host: name, capacity: { messagesPerSec: perSec = 1 } }) => {
    const mine = slots.filter(({ owner }) => owner === name);
    const used = mine.reduce((all, { load }) => all + load.messagesPerSec, 0) / perSec;
    let strain = 0;
    let queueSec = 0;
    for (let point = 0; point < 8; point++) {
      const before = queueSec;
      queueSec = Math.max(0, queueSec + (used - 1) * 15);
      strain += 0.85 ** point * (1 / (1 + Math.exp(-(used + before / 15 - 1) / 0.12)) + 0.05 * queueSec);
    }
    return sum + strain;
  }, 0);
}

function tell(planner: Planner, profiles: readonly SessionProfile[], nowMs: number): void {
  for (const profile of profiles) planner.profiled(profile, nowMs, SETTINGS.leadTimeMs);
}

describe("Planner, whatever the pool", () => {
  const check = (rule: (pool: Required<Pick<PoolLike, "hosts" | "slots" | "profiles">>) => void): void =>
    fc.assert(fc.property(anyPool, rule), { numRuns: 300 });
  const plan = (pool: PoolLike) => new Planner().plan(inputOf(pool));

  it("predicts each host's peak as the sum over its slots of max(measured, share of the forecast's mean)", () => {
    check((pool) => {
      const { peaks } = plan(pool);
      for (const it of pool.hosts)
        assert.ok(Math.abs((peaks.get(it.host)?.utilisation ?? -1) - peakOf(it, pool.slots, pool)) < NEARLY);
    });
  });

  it("lowers the strain of the pool by each plan that moves anything, and moves nothing to a host that is not open", () => {
    check((pool) => {
      const made = new Planner().plan(inputOf({ ...pool, policy: "reactive" }));
      for (const { to } of made.shifts) assert.equal(pool.hosts.find((it) => it.host === to)?.state, "open");
      if (made.shifts.length === 0) return;
      assert.ok(strainOf(pool, applied(pool.slots, made)) < strainOf(pool, pool.slots));
    });
  });

  it("orders at most 12 of each kind, each slot once, and never to where it is", () => {
    check((pool) => {
      const { shifts, mirrors } = plan(pool);
      for (const orders of [shifts, mirrors]) {
        assert.ok(orders.length <= 12);
        const keys = orders.map(({ id }) => `${id.sessionId}/${id.slot}`);
        assert.equal(new Set(keys).size, keys.length);
      }
      for (const { id, to } of [...shifts, ...mirrors]) {
        const it = pool.slots.find((s) => s.id.sessionId === id.sessionId && s.id.slot === id.slot);
        assert.ok(it && it.owner !== to && !it.isBusy);
      }
    });
  });

  it("plans the same whether forecasts were taken in when they came or not, also as slots come and go", () => {
    const rounds = fc.array(fc.tuple(fc.nat(59), fc.boolean()), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyPool, rounds, ({ hosts, slots, profiles }, steps) => {
        const [told, untold] = [new Planner(), new Planner()];
        for (const [step, [gone, isNew]] of steps.entries()) {
          const nowMs = 5000 * step;
          const known = isNew ? profiles.map((profile) => ({ ...profile, atMs: nowMs })) : profiles;
          const input = inputOf({ hosts, slots: slots.filter((_, i) => i !== gone), profiles: known, nowMs });
          if (isNew) tell(told, known, nowMs);
          assert.deepEqual(told.plan(input), untold.plan(input));
        }
      }),
    );
  });

  it("loses and invents no load", () => {
    check((pool) => {
      const before = pool.slots.reduce((sum, { load }) => sum + load.messagesPerSec, 0);
      const after = applied(pool.slots, plan(pool));
      assert.equal(after.length, pool.slots.length);
      assert.equal(
        after.reduce((sum, { load }) => sum + load.messagesPerSec, 0),
        before,
      );
      assert.ok(after.every(({ owner }) => HOSTS.includes(owner)));
    });
  });

  it("does nothing on hosts that are less than half full", () => {
    check((pool) => {
      const calm = { ...pool, hosts: pool.hosts.map((it) => ({ ...it, capacity: { messagesPerSec: 1e6 } })) };
      const { shifts, mirrors } = plan(calm);
      assert.deepEqual([shifts, mirrors], [[], []]);
    });
  });

  it("moves no session twice within the dwell time", () => {
    check((pool) => {
      const planner = new Planner();
      let slots: readonly PlannedSlot[] = pool.slots;
      const movedAtMs = new Map<string, number>();
      for (let nowMs = 0; nowMs <= 100_000; nowMs += 5000) {
        const made = planner.plan(inputOf({ ...pool, slots, nowMs, policy: "reactive" }));
        for (const id of new Set(made.shifts.map((order) => order.id.sessionId))) {
          const last = movedAtMs.get(id);
          assert.ok(last === undefined || nowMs - last >= SETTINGS.dwellMs);
          movedAtMs.set(id, nowMs);
        }
        slots = applied(slots, made);
      }
    });
  });

  it("names host, session and figures in each reason", () => {
    const shape =
      /^[A-D] peak \d+\.\d\d at \+(15|30|45|60|75|90|105|120) s, cam-\d+ adds \d+\.\d\d, (moved|mirrored) \d+\/\d+ slots? to [A-D] \d+\.\d\d$/;
    check((pool) => {
      const { shifts, mirrors } = plan(pool);
      for (const { id, to, reason } of [...shifts, ...mirrors]) {
        assert.match(reason, shape);
        assert.ok(reason.includes(`${id.sessionId} adds`) && reason.includes(`to ${to} `));
      }
    });
  });
});
