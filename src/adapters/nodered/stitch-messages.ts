import type { NodeStatus } from "node-red";
import type { GatewayRole } from "../../core/stitch/lease.ts";
import type { PlanEvent } from "../../core/stitch/protocol.ts";
import type { ScaleAdvice } from "../../core/stitch/scale-advice.ts";
import type { Gateway, GatewayStatus } from "../pool/gateway-pool.ts";

/** Node-RED's status texts are shorter. */
const TEXT_LENGTH = 20;

/** A Session Profile on its own, of this palette's forecast node or of any other; else it is a device's message. */
export function isProfileMessage({ sessionProfile, payload }: Readonly<Record<string, unknown>>): boolean {
  if (sessionProfile === undefined) return false;
  if (payload === undefined || payload === sessionProfile) return true;
  return payload !== null && typeof payload === "object" && "sessionId" in payload && "horizon" in payload;
}

/** The message on the second output. */
export function planMessage(event: PlanEvent): Record<string, unknown> {
  return { topic: event.sessionId, payload: event, planEvent: event };
}

/** On the second output; wired to an mqtt node it connects or disconnects that node's broker. */
export function roleMessage(pool: string, role: GatewayRole): Record<string, unknown> {
  return { topic: pool, payload: role, role, action: role === "active" ? "connect" : "disconnect" };
}

/** On the second output, for an autoscaler: how many more hosts the pool needs, and when. */
export function adviceMessage(pool: string, advice: ScaleAdvice): Record<string, unknown> {
  return { topic: pool, payload: advice, scaleAdvice: advice, text: adviceText(advice) };
}

/** "2 more hosts of 200 msg/s by 14:05". */
function adviceText({ hosts, each, byMs }: ScaleAdvice): string {
  if (hosts === 0) return "no more hosts are needed";
  const { messagesPerSec, bytesPerSec = 0 } = each;
  const size = messagesPerSec ? `${Math.round(messagesPerSec)} msg/s` : `${Math.round(bytesPerSec)} bytes/s`;
  const at = new Date(byMs);
  const time = [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  return `${hosts} more ${hosts === 1 ? "host" : "hosts"} of ${size} by ${time}`;
}

/** What the stitch node is doing; `move`: a move just made. */
export function stitchStatus(
  status: GatewayStatus,
  { isDryRun, isPaused }: Pick<Gateway["operator"], "isDryRun" | "isPaused">,
  move: PlanEvent | undefined,
): NodeStatus {
  const { link, isStandby, slots, warm } = status;
  if (link === "down") return { fill: "red", shape: "ring", text: "link down" };
  if (link === "connecting") return { fill: "yellow", shape: "ring", text: "connecting" };
  if (isStandby) return { fill: "grey", shape: "ring", text: "standby" };
  if (isDryRun) return { fill: "grey", shape: "ring", text: short(`dry run, ${slots} slots`) };
  if (isPaused) return { fill: "grey", shape: "ring", text: short(`paused, ${slots} slots`) };
  if (move?.to !== undefined)
    return { fill: "blue", shape: "dot", text: short(`${move.sessionId}→${move.to}`) };
  const text = link === "wired" ? `${slots} slots` : `${slots} slots, ${warm} warm`;
  return {
    fill: slots > 0 ? "green" : "grey",
    shape: "dot",
    text: text.length < TEXT_LENGTH ? text : short(`${slots} slots`),
  };
}

function short(text: string): string {
  return text.length < TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH - 2)}…`;
}
