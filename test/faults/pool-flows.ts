/** The examples' flows as the fault runs need them. */
import type { FlowNode } from "../../src/demo/flows.ts";

/** Topic on which a gateway tells that it is done with a message: from there on it may not be lost. */
export const TAKEN_TOPIC = "checker/taken";

/** Topic on which a gateway that may stand by tells its role. */
export const ROLE_TOPIC = "checker/role";

/** Of the devices' broker, the same on all gateways of which one works. */
export const SHARED_CLIENT_ID = "devices-of-the-pool";

/** Before the topics of devices whose messages go through the second gateway. */
export const OTHER = "other/";

export const onStore = (flow: readonly FlowNode[], fields: Readonly<Record<string, string>>): FlowNode[] =>
  flow.map((node) => (node.type === "session-store" ? { ...node, ...fields } : node));

export const withPoolBroker = (flow: readonly FlowNode[], port: number): FlowNode[] =>
  flow.map((node) => (node.type === "session-pool" ? { ...node, broker: `mqtt://127.0.0.1:${port}` } : node));

/** Takes the devices' messages under another topic; from there on they are the same. */
export function withPrefix(flow: readonly FlowNode[], prefix: string): FlowNode[] {
  if (prefix === "") return [...flow];
  const strip = `msg.topic = msg.topic.slice(${prefix.length});\n`;
  return flow.map((node) => {
    if (node.type === "mqtt in") return { ...node, topic: `${prefix}${node.topic}` };
    const isSplit = node.type === "function" && node.name === "device, channel";
    return isSplit ? { ...node, func: `${strip}${String(node["func"])}` } : node;
  });
}

/** Topic and number of the message that the route node is done with. */
const tellOf = (gateway: string): string =>
  `const n = typeof msg.payload === "string" ? JSON.parse(msg.payload).n : msg.payload.readUInt32BE(0);
return { topic: "${TAKEN_TOPIC}", payload: JSON.stringify({ gateway: "${gateway}", topic: msg.topic, n }) };`;

/** The gateway's flow with messages kept on disk; a Complete node tells of each that its route node is done with. */
export function withLog(flow: readonly FlowNode[], gateway: string): FlowNode[] {
  const route = flow.find(({ type }) => type === "session-route");
  const broker = flow.find(({ type }) => type === "mqtt-broker");
  if (!route || !broker) throw new Error("the gateway's example must have a route node and a broker");
  const { z } = route;
  const tell = {
    func: tellOf(gateway),
    outputs: 1,
    timeout: 0,
    noerr: 0,
    initialize: "",
    finalize: "",
    libs: [],
  };
  return [
    ...flow.map((node) => (node === route ? { ...route, buffer: "disk" } : node)),
    { id: "taken-by", type: "complete", z, scope: [route.id], uncaught: false, wires: [["taken-tell"]] },
    { id: "taken-tell", type: "function", z, ...tell, wires: [["taken"]] },
    { id: "taken", type: "mqtt out", z, topic: "", qos: "1", retain: "", broker: broker.id, wires: [] },
  ];
}

/**
 * The gateway's flow as one of several of which one works, as the pool's help says: the devices' broker (at `port`) is
 * connected by the role, with a client id that all gateways share, so that it keeps what the devices send meanwhile.
 */
export function withStandby(flow: readonly FlowNode[], gateway: string, port: number): FlowNode[] {
  const devices = flow.find(({ type }) => type === "mqtt-broker");
  const stitch = flow.find(({ type }) => type === "session-stitch");
  if (!devices || !stitch) throw new Error("the gateway's example must have a stitch node and a broker");
  const { z } = stitch;
  const others = { ...devices, id: "other-topics" };
  const rules = [{ t: "nnull" }];
  const [first = []] = stitch.wires ?? [];
  const role = `if (!msg.role) return null;
return { topic: "${ROLE_TOPIC}", payload: JSON.stringify({ gateway: "${gateway}", role: msg.role }) };`;
  const tell = { func: role, outputs: 1, timeout: 0, noerr: 0, initialize: "", finalize: "", libs: [] };
  const rewired = flow.map((node) => {
    switch (node.type) {
      case "mqtt-broker":
        return {
          ...node,
          port: String(port),
          clientid: SHARED_CLIENT_ID,
          cleansession: false,
          autoConnect: false,
        };
      case "mqtt out":
        return { ...node, broker: others.id };
      case "session-pool":
        return { ...node, standby: true };
      case "session-stitch":
        // Nothing else: to any other mqtt out node msg.action would be an order too.
        return { ...node, wires: [first, ["by-role", "role-tell"]] };
      default:
        return node;
    }
  });
  const out = { type: "mqtt out", z, topic: "", qos: "1", retain: "", wires: [] };
  return [
    ...rewired,
    others,
    {
      id: "by-role",
      type: "switch",
      z,
      property: "action",
      propertyType: "msg",
      rules,
      wires: [["connect"]],
    },
    { ...out, id: "connect", broker: devices.id },
    { id: "role-tell", type: "function", z, ...tell, wires: [["role"]] },
    { ...out, id: "role", broker: others.id },
  ];
}
