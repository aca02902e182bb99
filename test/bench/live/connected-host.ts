/**
 * A host behind HAProxy, a process of its own: it works off what comes to its mosquitto as the host's flow of
 * `npm start` does, one message after the other. Arguments: broker's address, host's name, cost of a message in ms, rounds of work.
 */
import { connect } from "mqtt";
import { compileWork } from "./host-work.ts";

const [url = "", host = "", cost, rounds] = process.argv.slice(2);
const costMs = Number(cost);
const work = compileWork();
let free = 0;

const client = connect(url, { protocolVersion: 4, clientId: host });
client.on("message", (topic, payload) => {
  free = Math.max(Date.now(), free) + costMs;
  work(Number(rounds));
  const [, device = "", key = ""] = topic.split("/");
  const n = payload[0] === 0x7b ? Number(JSON.parse(payload.toString()).n) : payload.readUInt32BE(0);
  const result = JSON.stringify({ device, key, n, host, id: `${device}/${key}/${n}` });
  setTimeout(() => client.publish(`results/${host}`, result, { qos: 1 }), free - Date.now());
});
await new Promise((resolve) => client.once("connect", resolve));
await client.subscribeAsync("devices/#", { qos: 1 });
process.send?.("ready");
process.once("disconnect", () => process.exit(0));
