import assert from "node:assert/strict";
import { GatewayNews } from "../../../src/adapters/nodered/gateway-news.ts";
import type { Gateway } from "../../../src/adapters/pool/gateway-pool.ts";
import type { GatewayRole } from "../../../src/core/stitch/lease.ts";
import type { PlanEvent } from "../../../src/core/stitch/protocol.ts";

const event = (kind: PlanEvent["kind"]): PlanEvent => ({
  kind,
  atMs: 0,
  sessionId: "cam-7",
  slot: 0,
  epoch: 2,
  reason: "host-1 is full",
});

/** A gateway of which the news are told by hand. */
function told(): {
  gateway: Gateway;
  plan: (event: PlanEvent) => void;
  role: (role: GatewayRole) => void;
  open: Set<string>;
} {
  const open = new Set<string>();
  const listeners: { plan?: (event: PlanEvent) => void; role?: (role: GatewayRole) => void } = {};
  const until = (name: string): (() => void) => {
    open.add(name);
    return () => void open.delete(name);
  };
  const gateway = {
    onRole: (listener: (role: GatewayRole) => void) => {
      listeners.role = listener;
      return until("role");
    },
    onScaleAdvice: () => until("advice"),
    startPlanning: () => until("planning"),
    onPlanEvent: (listener: (event: PlanEvent) => void) => {
      listeners.plan = listener;
      return until("plan");
    },
  } as unknown as Gateway;
  return {
    gateway,
    open,
    plan: (each) => listeners.plan?.(each),
    role: (each) => listeners.role?.(each),
  };
}

describe("GatewayNews", () => {
  it("tells plan events and roles as messages, and ends whatever it follows", () => {
    const sent: Record<string, unknown>[] = [];
    const news = new GatewayNews((message) => sent.push(message));
    const { gateway, open, plan, role } = told();
    news.follow(gateway, "pool");
    assert.deepEqual([...open], ["role", "advice", "planning", "plan"]);
    plan(event("mirrored"));
    role("standby");
    assert.equal(sent[0]?.["planEvent"], sent[0]?.["payload"]);
    assert.deepEqual([sent[1]?.["role"], sent[1]?.["action"]], ["standby", "disconnect"]);
    news.end();
    assert.equal(open.size, 0);
  });

  it("keeps a move for five looks of the status, and nothing else", () => {
    const news = new GatewayNews(() => undefined);
    const { gateway, plan } = told();
    news.follow(gateway, "pool");
    plan(event("warm"));
    assert.equal(news.latestMove(), undefined);
    const move = event("shifted");
    plan(move);
    const looks = Array.from({ length: 6 }, () => news.latestMove());
    assert.deepEqual(looks, [move, move, move, move, move, undefined]);
  });
});
