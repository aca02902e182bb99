import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { quote } from "../core/errors.ts";
import type { Policy } from "./options.ts";

/** A node as saved in a flow file. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  /** Tab it is on, and where. */
  readonly z?: string | undefined;
  readonly x?: number;
  readonly y?: number;
  readonly wires?: readonly (readonly string[])[];
  readonly topic?: string;
  readonly name?: string;
  readonly [property: string]: unknown;
}

export interface Place {
  readonly broker: { readonly host: string; readonly port: number };
  /** File that all processes share. */
  readonly storePath: string;
}

export interface GatewayPlace extends Place {
  readonly policy: Policy;
}

/** Topics that the gateway's flow tells the console on. */
export const PLAN_TOPIC = "demo/plan";
export const PROFILE_TOPIC = "demo/profiles";

/** An example as it is imported in the editor. */
export function readExample(name: string): FlowNode[] {
  const file = fileURLToPath(new URL(`../../examples/${name}.json`, import.meta.url));
  const flow: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(flow)) throw new TypeError(`${name}: a flow must be an array, got ${quote(flow)}`);
  return flow as FlowNode[];
}

type Rewrite = Readonly<Record<string, (node: FlowNode) => FlowNode>>;

const rewrite = (flow: readonly FlowNode[], byType: Rewrite): FlowNode[] =>
  flow.map((node) => byType[node.type]?.(node) ?? node);

/** What both ends need: the run's broker and store. */
function placeOf({ broker, storePath }: Place): Rewrite {
  const url = `mqtt://${broker.host}:${broker.port}`;
  return {
    "mqtt-broker": (node) => ({
      ...node,
      broker: broker.host,
      port: String(broker.port),
      protocolVersion: "4",
      usetls: false,
    }),
    "session-store": (node) => ({ ...node, path: storePath }),
    "session-pool": (node) => ({ ...node, broker: url }),
  };
}

/**
 * The gateway's example on the run's broker. The second outputs of forecast and stitch are wired to `mqtt out`
 * nodes besides whatever they are wired to, as a user would who wants to see them elsewhere.
 */
export function gatewayFlow(example: readonly FlowNode[], place: GatewayPlace): FlowNode[] {
  const flow = rewrite(rewrite(example, placeOf(place)), {
    // A minute or two are to show several surges: with the default of 45 s a session would move at the first one only.
    "session-pool": (node) => ({
      ...node,
      policy: place.policy,
      dryRun: place.policy === "static",
      dwellMs: "10000",
    }),
  });
  const tapped = tap(flow, "session-stitch", PLAN_TOPIC, "planEvent");
  return tap(tapped, "session-forecast", PROFILE_TOPIC, "sessionProfile");
}

/** Wires the second output of the first node of a type to `mqtt out`, by a Change node that makes `property` the payload. */
function tap(flow: readonly FlowNode[], type: string, topic: string, property: string): FlowNode[] {
  const from = flow.find((node) => node.type === type);
  const broker = flow.find((node) => node.type === "mqtt-broker");
  if (!from || !broker) return [...flow];
  const [first = [], second = [], ...rest] = from.wires ?? [];
  const id = topic.replace(/\W/gu, "-");
  // A row each, below the example's own nodes.
  const row = flow.filter((node) => node.type === "mqtt out").length;
  const position = { z: from.z, x: (from.x ?? 0) + 190, y: (from.y ?? 0) + 200 + 60 * row };
  const rules = [
    { t: "set", p: "payload", pt: "msg", to: property, tot: "msg" },
    { t: "set", p: "topic", pt: "msg", to: topic, tot: "str" },
  ];
  const change = { id: `${id}-set`, type: "change", name: property, rules, ...position, wires: [[id]] };
  const out = { id, type: "mqtt out", name: topic, topic, qos: "0", retain: "", broker: broker.id };
  const tapped = { ...from, wires: [first, [...second, change.id], ...rest] };
  return [
    ...flow.map((node) => (node === from ? tapped : node)),
    change,
    { ...out, ...position, x: position.x + 190, wires: [] },
  ];
}

/** What the flow subscribes to by itself: the fleet must not send before. */
export function subscriptionsOf(flow: readonly FlowNode[]): string[] {
  return flow.flatMap((node) => (node.type === "mqtt in" && node.topic ? [node.topic] : []));
}

/** Name of the flow's pool: part of the pool's topics. */
export function poolName(flow: readonly FlowNode[]): string {
  const name = flow.find((node) => node.type === "session-pool")?.name;
  return name || "pool";
}

/** A host's example on the run's broker, under its name; its capacity comes from the environment. */
export function hostFlow(example: readonly FlowNode[], place: Place, host: string): FlowNode[] {
  return rewrite(rewrite(example, placeOf(place)), {
    "session-receive": (node) => ({ ...node, host }),
  });
}
