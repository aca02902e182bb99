// A host that is not Node-RED: plain mqtt.js and MessagePack. It keeps no state and needs no store: it acknowledges
// on arrival, so all hosts of its pool have to (receive nodes: "Ack when arrived"). See docs/wire-protocol.md.
import { randomUUID } from "node:crypto";
import { decodeMulti, encode } from "@msgpack/msgpack";
import mqtt from "mqtt";

const [DATA, MIRROR, MARK, ACK, NACK] = [1, 2, 3, 4, 5];

/** `handle({ topic, payload, sessionId, slot, seq })` is called once per message, in order per slot. */
export function startHost({ url, pool, host, messagesPerSec, handle }) {
  const incarnation = randomUUID();
  const slots = new Map(); // per slot: the highest epoch seen and the last message handled
  const heartbeat = (state, atMs = Date.now()) =>
    JSON.stringify({
      ...{ host, incarnation, state, atMs, pending: 0, ownedSlots: slots.size },
      ...{ loopDelayP99Ms: 0, cpu: 0, memoryBytes: process.memoryUsage.rss() },
      capacity: messagesPerSec ? { messagesPerSec } : {},
    });
  const hostTopic = `stitch/${pool}/hosts/${host}`;
  const will = { topic: hostTopic, payload: heartbeat("gone", 0), qos: 1, retain: true };
  const client = mqtt.connect(url, { protocolVersion: 4, will });
  const say = (state) =>
    client.connected && client.publish(hostTopic, heartbeat(state), { qos: 1, retain: true });
  const timer = setInterval(say, 500, "up");
  client.on("connect", () => client.subscribe(`stitch/${pool}/to/${host}`, { qos: 1 }, () => say("up")));

  function take([version, kind, sessionId, slot, epoch, seq, meta, payload]) {
    if (version !== 1 || ![DATA, MIRROR, MARK].includes(kind)) return;
    const answer = (type, at, more) => {
      const envelope = [1, type, sessionId, slot, epoch, at, { host, ...more }, null];
      client.publish(`stitch/${pool}/gw/${meta.gateway}`, Buffer.from(encode(envelope)), { qos: 1 });
    };
    if (kind === MIRROR) return answer(ACK, seq, { mirror: true }); // nothing to replicate: it is ready
    const key = JSON.stringify([sessionId, slot]);
    const known = slots.get(key) ?? { last: 0 };
    if (epoch < known.epoch) return answer(NACK, known.last, { reason: "epoch" });
    slots.set(key, Object.assign(known, { epoch }));
    // Everything below `low` is acknowledged already, by this host before it restarted or by another one.
    known.last = Math.max(known.last, (meta.low ?? 1) - 1);
    if (kind === MARK ? seq > known.last : seq > known.last + 1)
      return answer(NACK, known.last, { reason: "gap", expected: known.last + 1 });
    if (kind === DATA && seq === known.last + 1) {
      known.last = seq;
      handle({ topic: meta.topic, payload, sessionId, slot, seq });
    }
    answer(ACK, known.last);
  }
  client.on("message", (_topic, bytes) => {
    try {
      for (const envelope of decodeMulti(bytes)) take(envelope);
    } catch (error) {
      console.error(`${host}: ${error.message}`); // not of this protocol, or `handle` failed
    }
  });
  return async () => {
    clearInterval(timer);
    say("gone");
    await client.endAsync();
  };
}
