import assert from "node:assert/strict";
import type { Plan, PlannedSlot } from "../../../../src/core/stitch/planner/plan-types.ts";
import { Planner } from "../../../../src/core/stitch/planner/planner.ts";
import { applied, forecast, host, inputOf, type PoolLike, session, slot, unsure } from "./pools.ts";

const planOf = (pool: PoolLike): Plan => new Planner().plan(inputOf(pool));
const shiftsOf = (pool: PoolLike): string[] =>
  planOf(pool).shifts.map(({ id, to }) => `${id.sessionId}/${id.slot}→${to}`);

describe("Planner", () => {
  const hosts = [host("A"), host("B"), host("C")];

  it("does nothing while all is well", () => {
    const slots = [slot("cam-1", "A", 40), slot("cam-2", "B", 20), slot("cam-3", "C", 30)];
    const { mirrors, shifts, retires, peaks } = planOf({ hosts, slots });
    assert.deepEqual([mirrors, shifts, retires], [[], [], []]);
    assert.deepEqual(peaks.get("A"), { utilisation: 0.4, inMs: 15_000 });
  });

  it("moves the session that saves the pool most to where it does least harm, and says why", () => {
    const slots = [
      slot("cam-1", "A", 40),
      slot("cam-7", "A", 41),
      slot("cam-2", "A", 12),
      slot("cam-3", "B", 20),
      slot("cam-4", "C", 30),
    ];
    const [shift, ...others] = planOf({ hosts, slots }).shifts;
    assert.deepEqual(others, []);
    assert.deepEqual(shift, {
      id: { sessionId: "cam-1", slot: 0 },
      to: "B",
      reason: "A peak 0.93 at +15 s, cam-1 adds 0.40, moved 1/1 slot to B 0.60",
    });
  });

  it("splits a session over hosts by its slots, as many as it takes", () => {
    const slots = session("cam-7", "A", 240, 8);
    const { shifts } = planOf({ hosts, slots });
    const after = applied(slots, { shifts } as Plan);
    const on = (name: string): number => after.filter(({ owner }) => owner === name).length;
    assert.deepEqual(
      [on("A"), on("B"), on("C")].toSorted((a, b) => a - b),
      [2, 3, 3],
    );
    assert.match(
      shifts[0]?.reason ?? "",
      /^A peak 2\.40 at \+15 s, cam-7 adds 1\.\d+, moved \d\/8 slots to [BC] /,
    );
  });

  it("moves for a peak that is forecast, before anything of it is measured", () => {
    const slots = [
      slot("cam-1", "A", 30),
      slot("cam-7", "A", 20),
      slot("cam-2", "B", 10),
      slot("cam-3", "C", 40),
    ];
    const profiles = [forecast("cam-7", [20, 20, 20, 90, 90, 90, 90, 90, 90])];
    const { shifts, peaks } = planOf({ hosts, slots, profiles });
    assert.deepEqual(peaks.get("A"), { utilisation: 0.5, inMs: 15_000 });
    assert.equal(shifts[0]?.reason, "A peak 1.20 at +30 s, cam-1 adds 0.30, moved 1/1 slot to B 0.40");
    assert.deepEqual(shiftsOf({ hosts, slots }), []);
  });

  it("only mirrors for what may come on top of what is expected", () => {
    const profiles = [
      unsure(
        "cam-7",
        Array.from({ length: 24 }, () => 95),
      ),
    ];
    const { shifts, mirrors } = planOf({ hosts, slots: session("cam-7", "A", 8, 8), profiles });
    assert.deepEqual(shifts, []);
    assert.equal(mirrors.length, 4);
    assert.equal(mirrors[0]?.reason, "A peak 0.95 at +15 s, cam-7 adds 0.40, mirrored 2/8 slots to B 0.12");
  });

  it("trusts no forecast without skill, and none where the policy is reactive", () => {
    const slots = [slot("cam-1", "A", 30), slot("cam-7", "A", 20)];
    const wild = Array.from({ length: 24 }, () => 90);
    for (const skill of [0, 0.5, Number.NaN])
      assert.deepEqual(shiftsOf({ hosts, slots, profiles: [forecast("cam-7", wild, skill)] }), []);
    assert.deepEqual(shiftsOf({ hosts, slots, profiles: [forecast("cam-7", wild)], policy: "reactive" }), []);
    assert.equal(shiftsOf({ hosts, slots, profiles: [forecast("cam-7", wild)] }).length, 1);
  });

  it("follows a forecast as far as it is trusted", () => {
    const profiles = [
      forecast(
        "cam-7",
        Array.from({ length: 24 }, () => 60),
        0.7,
      ),
    ];
    assert.equal(
      planOf({ hosts, slots: [slot("cam-7", "A", 20)], profiles }).peaks.get("A")?.utilisation,
      0.4,
    );
  });

  it("sums up the spreads of sessions in quadrature: they are independent", () => {
    const many = Array.from({ length: 16 }, (_, i) => slot(`log-${i}`, "A", 0.5));
    const busy = [host("A", 70), host("B", 70)];
    const uppers = Array.from({ length: 24 }, () => 6);
    const profiles = many.map(({ id }) => unsure(id.sessionId, uppers));
    const { peaks, shifts, mirrors } = planOf({ hosts: busy, slots: many, profiles });
    // 16 · 3 expected, and √(16 · 3²) above that; the upper bounds sum up to 96.
    assert.equal(peaks.get("A")?.utilisation, 48 / 70);
    assert.ok(shifts.every(({ reason }) => reason.startsWith("A peak 0.69 at +15 s, ")));
    assert.ok(mirrors.every(({ reason }) => Number(/^A peak (\d\.\d\d)/.exec(reason)?.[1]) <= 0.86));
  });

  it("moves nothing where all are full: the excess would only be passed round", () => {
    const slots = [slot("cam-1", "A", 170), slot("cam-3", "B", 130), slot("cam-4", "C", 130)];
    assert.deepEqual(shiftsOf({ hosts, slots }), []);
  });

  it("relieves a host of what waits there, though nothing more than it can carry comes", () => {
    const slots = [
      slot("cam-1", "A", 30),
      slot("cam-7", "A", 30),
      slot("cam-2", "B", 30),
      slot("cam-3", "C", 30),
    ];
    assert.deepEqual(shiftsOf({ hosts, slots }), []);
    const late = [host("A", 100, { pending: 600 }), host("B"), host("C")];
    assert.deepEqual(shiftsOf({ hosts: late, slots }), ["cam-1/0→B"]);
  });

  it("leaves sessions where they are that are not felt", () => {
    const small = Array.from({ length: 20 }, (_, i) => slot(`door-${i}`, "A", 0.1));
    const slots = [slot("cam-1", "A", 90), ...small, slot("cam-2", "B", 90), slot("cam-3", "C", 90)];
    assert.deepEqual(shiftsOf({ hosts, slots }), []);
  });

  it("does not balance by sessions too small to be felt", () => {
    const small = Array.from({ length: 20 }, (_, i) => slot(`door-${i}`, "A", 3.5));
    assert.deepEqual(shiftsOf({ hosts, slots: small }), []);
  });

  it("never lets a forecast take the place of what is measured", () => {
    const slots = [slot("cam-1", "A", 50), slot("cam-7", "A", 43)];
    const little = Array.from({ length: 24 }, () => 1);
    const profiles = [forecast("cam-7", little), forecast("cam-1", little)];
    assert.equal(shiftsOf({ hosts, slots, profiles }).length, 1);
  });

  it("forgets a forecast that has run out", () => {
    const slots = [slot("cam-1", "A", 30), slot("cam-7", "A", 20)];
    const profiles = [forecast("cam-7", [90, 90])];
    assert.deepEqual(shiftsOf({ hosts, slots, profiles, nowMs: 10_000 }), []);
    assert.equal(planOf({ hosts, slots, profiles, nowMs: 10_000 }).peaks.get("A")?.utilisation, 0.5);
  });

  it("plans nothing where the policy is static", () => {
    const { shifts, peaks } = planOf({ hosts, slots: [slot("cam-7", "A", 99)], policy: "static" });
    assert.deepEqual(shifts, []);
    assert.equal(peaks.get("A")?.utilisation, 0.99);
  });

  it("counts bytes as well as messages", () => {
    const small = [
      host("A", 1000, { capacity: { messagesPerSec: 1000, bytesPerSec: 500 } }),
      host("B", 1000),
    ];
    const slots = [slot("cam-7", "A", 30), slot("cam-1", "A", 20)];
    assert.deepEqual(shiftsOf({ hosts: small, slots }), ["cam-7/0→B"]);
  });

  it("does not trouble sessions whose moves would not be felt", () => {
    const slots = [slot("cam-1", "A", 90), slot("door-1", "A", 0.2), slot("cam-2", "B", 10)];
    const { shifts, mirrors } = planOf({ hosts, slots: [...slots, slot("cam-3", "C", 10)] });
    assert.deepEqual([shifts, mirrors], [[], []]);
  });

  it("does not move to a host that would be no better off", () => {
    const slots = [slot("cam-7", "A", 90), slot("cam-1", "B", 60), slot("cam-2", "C", 60)];
    assert.deepEqual(shiftsOf({ hosts, slots }), []);
  });

  it("leaves a host of unknown capacity alone, and uses it where no other will do", () => {
    const unknown = [host("A"), host("B"), host("U", 0, { capacity: {} })];
    assert.deepEqual(shiftsOf({ hosts: unknown, slots: [slot("cam-1", "U", 1e6)] }), []);
    const slots = [slot("cam-1", "A", 60), slot("cam-2", "A", 33)];
    assert.deepEqual(shiftsOf({ hosts: unknown, slots }), ["cam-1/0→B"]);
    const full = [...slots, slot("cam-3", "B", 58), slot("cam-4", "B", 22)];
    const [first] = planOf({ hosts: unknown, slots: full }).shifts;
    assert.equal(first?.id.sessionId, "cam-1");
    assert.match(first?.reason ?? "", /moved 1\/1 slot to U \(capacity unknown\)$/);
  });

  it("prefers a destination that is warm already", () => {
    const slots = [
      slot("cam-1", "A", 46, { secondaries: ["C"] }),
      slot("cam-2", "A", 47),
      slot("cam-3", "B", 11),
      slot("cam-4", "C", 12),
    ];
    assert.deepEqual(shiftsOf({ hosts, slots }), ["cam-1/0→C"]);
  });

  it("charges a move that is under way to its destination", () => {
    const slots = [slot("cam-1", "A", 50, { movingTo: "B" }), slot("cam-2", "A", 45), slot("cam-3", "B", 20)];
    const plan = planOf({ hosts, slots });
    assert.equal(plan.peaks.get("A")?.utilisation, 0.45);
    assert.equal(plan.peaks.get("B")?.utilisation, 0.7);
    assert.ok(!plan.shifts.some(({ id }) => id.sessionId === "cam-1"));
  });

  it("lets a session dwell where it was moved to", () => {
    const planner = new Planner();
    const first: PlannedSlot[] = [slot("cam-7", "A", 60), slot("cam-1", "A", 33)];
    const plan = planner.plan(inputOf({ hosts, slots: first }));
    assert.equal(plan.shifts[0]?.to, "B");
    const later = [...applied(first, plan), slot("cam-2", "B", 33)];
    const others = (nowMs: number): string[] =>
      planner.plan(inputOf({ hosts, slots: later, nowMs })).shifts.map(({ id }) => id.sessionId);
    assert.deepEqual(others(44_000), ["cam-2"]);
    const again = new Planner();
    again.plan(inputOf({ hosts, slots: first }));
    assert.deepEqual(
      again.plan(inputOf({ hosts, slots: later, nowMs: 45_000 })).shifts.map(({ id }) => id.sessionId),
      ["cam-7"],
    );
  });

  it("empties a host that drains, to whoever carries least", () => {
    const draining = [host("A", 100, { state: "draining" }), host("B"), host("C")];
    const slots = [slot("cam-1", "A", 20), slot("cam-2", "A", 1), slot("cam-3", "B", 30)];
    const { shifts } = planOf({ hosts: draining, slots });
    assert.deepEqual(
      shifts.map(({ id, to, reason }) => [id.sessionId, to, reason]),
      [
        ["cam-1", "C", "A is draining, moved cam-1 to C 0.20"],
        ["cam-2", "C", "A is draining, moved cam-2 to C 0.21"],
      ],
    );
  });

  it("fills a host that came back before the others are in trouble, a little at a time", () => {
    const slots = [1, 2, 3, 4].flatMap((i) => [slot(`a-${i}`, "A", 18), slot(`b-${i}`, "B", 18)]);
    const { shifts } = planOf({ hosts, slots });
    assert.deepEqual(
      shifts.map(({ to }) => to),
      ["C", "C"],
    );
  });

  it("retires a mirror that no peak asked for in a minute", () => {
    const planner = new Planner();
    const slots = [slot("cam-7", "A", 20, { secondaries: ["B"] })];
    const retiresAt = (nowMs: number): number =>
      planner.plan(inputOf({ hosts, slots, nowMs })).retires.length;
    assert.equal(retiresAt(0), 0);
    assert.equal(retiresAt(59_000), 0);
    const { retires } = planner.plan(inputOf({ hosts, slots, nowMs: 60_000 }));
    assert.deepEqual(retires[0]?.id, { sessionId: "cam-7", slot: 0 });
    assert.equal(retires[0]?.reason, "no peak for 60 s asks for a mirror of cam-7");
  });

  it("keeps a mirror as long as a peak asks for it, and does not order it twice", () => {
    const planner = new Planner();
    const profiles = [
      unsure(
        "cam-7",
        Array.from({ length: 100 }, () => 95),
      ),
    ];
    let slots: readonly PlannedSlot[] = session("cam-7", "A", 8, 8);
    const { mirrors: first } = planner.plan(inputOf({ hosts, slots, profiles }));
    const mirrored = new Map(first.map(({ id, to }) => [id.slot, to]));
    slots = slots.map((it) => {
      const to = mirrored.get(it.id.slot);
      return to === undefined ? it : { ...it, secondaries: [to] };
    });
    for (let nowMs = 5000; nowMs < 200_000; nowMs += 5000) {
      const { mirrors, shifts, retires } = planner.plan(inputOf({ hosts, slots, profiles, nowMs }));
      assert.deepEqual([mirrors, shifts, retires], [[], [], []]);
    }
  });

  it("keeps a device's name on one line, and bounded, in what people read", () => {
    const sessionId = `cam\n\u001b[31m${"x".repeat(500)}`;
    const [shift] = planOf({ hosts, slots: [slot(sessionId, "A", 60), slot("cam-1", "A", 33)] }).shifts;
    assert.match(shift?.reason ?? "", /^A peak 0\.93 at \+15 s, cam··\[31mx{20,40}… adds/);
  });
});
