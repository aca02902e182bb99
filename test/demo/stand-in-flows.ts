import type { FlowNode } from "../../src/demo/flows.ts";

const broker = {
  id: "b",
  type: "mqtt-broker",
  broker: "127.0.0.1",
  port: "1883",
  protocolVersion: "4",
  keepalive: "60",
  cleansession: true,
  autoConnect: true,
};
const mqtt = { z: "t", qos: "1", broker: "b" };
const tab = { id: "t", type: "tab", label: "stand-in" };

/** Core nodes in the gateway's place: each device to one of the hosts, by its name's length. */
export const standInGateway: readonly FlowNode[] = [
  tab,
  broker,
  { id: "in", type: "mqtt in", ...mqtt, topic: "devices/#", datatype: "buffer", wires: [["pick"]] },
  {
    id: "pick",
    type: "function",
    z: "t",
    func: 'msg.topic = "to/host-" + (1 + msg.topic.length % 2) + "/" + msg.topic; return msg;',
    wires: [["out"]],
  },
  { id: "out", type: "mqtt out", ...mqtt, topic: "" },
];

const work = `const [, to, , device, key] = msg.topic.split("/");
if (to !== env.get("STITCH_HOST")) return null;
const json = msg.payload[0] === 123;
const n = json ? JSON.parse(msg.payload.toString()).n : msg.payload.readUInt32BE(0);
const host = env.get("STITCH_HOST");
msg.topic = "results/" + device + "/" + key;
msg.payload = { device, key, n, host, id: device + "/" + key + "/" + n };
return msg;`;

/** Core nodes in a host's place: every message gives its result at once. */
export const standInHost: readonly FlowNode[] = [
  tab,
  broker,
  { id: "in", type: "mqtt in", ...mqtt, topic: "to/#", datatype: "buffer", wires: [["work"]] },
  { id: "work", type: "function", z: "t", func: work, wires: [["out"]] },
  { id: "out", type: "mqtt out", ...mqtt, topic: "" },
  {
    id: "beat",
    type: "inject",
    z: "t",
    once: true,
    onceDelay: "0.1",
    // As a host does: one heartbeat alone is lost where the broker is not connected yet.
    repeat: "0.5",
    props: [{ p: "payload" }],
    payload: "{}",
    payloadType: "str",
    wires: [["name"]],
  },
  {
    id: "name",
    type: "function",
    z: "t",
    func: 'msg.topic = "stitch/pool/hosts/" + env.get("STITCH_HOST"); return msg;',
    wires: [["here"]],
  },
  { id: "here", type: "mqtt out", ...mqtt, topic: "", retain: "true" },
];
