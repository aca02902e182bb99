import assert from "node:assert/strict";
import { isProfileMessage, stitchStatus } from "../../../src/adapters/nodered/stitch-messages.ts";
import type { GatewayStatus } from "../../../src/adapters/pool/gateway-pool.ts";
import type { PlanEvent } from "../../../src/core/stitch/protocol.ts";

const status = (overrides: Partial<GatewayStatus> = {}): GatewayStatus => ({
  link: "up",
  slots: 12,
  warm: 2,
  retained: 0,
  retainedBytes: 0,
  ...overrides,
});
const shifted: PlanEvent = {
  kind: "shifted",
  atMs: 0,
  sessionId: "cam-7",
  slot: 0,
  epoch: 2,
  to: "host-2",
  reason: "",
};
const ACTING = { isDryRun: false, isPaused: false };
const DRY_RUN = { isDryRun: true, isPaused: false };
const textOf = (...args: Parameters<typeof stitchStatus>): string =>
  String((stitchStatus(...args) as { text: string }).text);

describe("isProfileMessage", () => {
  const profile = { sessionId: "cam-7", horizon: 3 };

  it("tells a Session Profile from a device's message that carries one", () => {
    assert.ok(isProfileMessage({ sessionProfile: profile }));
    assert.ok(isProfileMessage({ sessionProfile: profile, payload: profile }));
    assert.ok(isProfileMessage({ sessionProfile: profile, payload: structuredClone(profile) }));
    assert.ok(!isProfileMessage({ sessionProfile: profile, payload: 21.5 }));
    assert.ok(!isProfileMessage({ payload: profile }));
  });
});

describe("stitchStatus", () => {
  it("says what is open and what is warm, a move just made, and what is wrong", () => {
    assert.equal(textOf(status(), ACTING, undefined), "12 slots, 2 warm");
    assert.equal(textOf(status({ link: "wired" }), ACTING, undefined), "12 slots");
    assert.equal(textOf(status(), ACTING, shifted), "cam-7→host-2");
    assert.equal(textOf(status(), DRY_RUN, shifted), "dry run, 12 slots");
    assert.equal(textOf(status(), { isDryRun: false, isPaused: true }, shifted), "paused, 12 slots");
    assert.equal(textOf(status({ link: "down" }), ACTING, shifted), "link down");
    assert.equal(textOf(status({ link: "connecting" }), DRY_RUN, undefined), "connecting");
  });

  it("stays below 20 characters", () => {
    const many = status({ slots: 1_234_567, warm: 1_234_567 });
    const long = { ...shifted, sessionId: "a-very-long-name-of-a-device", to: "a-host-with-a-long-name" };
    for (const text of [
      textOf(many, ACTING, undefined),
      textOf(many, DRY_RUN, undefined),
      textOf(many, ACTING, long),
    ])
      assert.ok(text.length < 20, text);
  });
});
