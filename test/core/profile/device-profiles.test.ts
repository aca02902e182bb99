import assert from "node:assert/strict";
import fc from "fast-check";
import { DEVICE_PROFILES, findDeviceProfile } from "../../../src/core/profile/device-profiles.ts";
import { matchProfile } from "../../../src/core/profile/match.ts";
import { payloadKind } from "../../../src/core/profile/payload-kind.ts";
import { payloadBytes } from "../../../src/core/profile/payload-size.ts";
import type { SessionSummary } from "../../../src/core/profile/session-facts.ts";
import { matchesTopic } from "../../../src/core/profile/topic-filter.ts";

const matched = (topic: unknown, payload: unknown, summary?: SessionSummary): string | undefined => {
  const sample = { topic, payload, bytes: payloadBytes(payload), kind: payloadKind(payload) };
  return matchProfile(DEVICE_PROFILES, sample, summary)?.name;
};

describe("device profiles", () => {
  it("are at least 20, each with a name of its own", () => {
    assert.ok(DEVICE_PROFILES.length >= 20);
    assert.equal(new Set(DEVICE_PROFILES.map(({ name }) => name)).size, DEVICE_PROFILES.length);
    for (const { name } of DEVICE_PROFILES) assert.equal(findDeviceProfile(name)?.name, name);
    assert.equal(findDeviceProfile("__proto__"), undefined);
  });

  for (const profile of DEVICE_PROFILES)
    it(`${profile.name} is sound: it can match what it declares`, () => {
      const { match, rhythm, bytes, qos, title } = profile;
      assert.ok(title.length > 0);
      assert.ok(match.topic || match.fields || match.kind, "something must tell the device");
      assert.ok(
        bytes > 0 && bytes >= (match.minBytes ?? 0) && bytes <= (match.maxBytes ?? 1e9),
        "typical size",
      );
      const hasPeriod = ["periodic", "streaming", "keep-alive"].includes(rhythm.pattern);
      assert.equal(rhythm.periodMs !== undefined, hasPeriod, "a period where the pattern has one");
      assert.ok(Number.isInteger(qos.priority) && qos.priority >= 0 && qos.priority <= 7);
    });

  for (const [name, topic, payload] of [
    ["lorawan-ttn", "v3/app@ttn/devices/eui-1/up", { uplink_message: { f_port: 1, frm_payload: "AQ==" } }],
    ["lorawan-leak", "v3/app@ttn/devices/eui-1/up", { uplink_message: { decoded_payload: { alarm: true } } }],
    [
      "lorawan-chirpstack",
      "application/1/device/0102/event/up",
      { deviceInfo: { devEui: "0102" }, fPort: 2 },
    ],
    ["zigbee-motion", "zigbee2mqtt/hall", Buffer.from('{"battery":100,"occupancy":true}')],
    ["zigbee-contact", "zigbee2mqtt/door", '{"contact":false,"linkquality":80}'],
    ["zigbee-climate", "zigbee2mqtt/bath", { temperature: 21.5, humidity: 60, linkquality: 90 }],
    ["tasmota-plug", "tele/plug-1/SENSOR", { Time: "2026-01-01T00:00:00", ENERGY: { Power: 12 } }],
    ["shelly-power", "shellies/shelly1pm-1/relay/0/power", "12.34"],
    ["esphome-sensor", "kitchen/sensor/temperature/state", "21.3"],
    ["meter-wmbus", "wmbusmeters/water", { id: "1234", meter: "multical21", total_m3: 6.4 }],
    ["opcua-pubsub", "opcua/json/data/plc-1", { MessageId: "1", MessageType: "ua-data", Messages: [] }],
    ["opcua-message", "line-3", { MessageId: "1", MessageType: "ua-data", Messages: [] }],
    ["sparkplug-device", "spBv1.0/plant/DDATA/edge/pump", Buffer.from([8, 1, 16, 2])],
    ["vibration-raw", "pump-7/vibration/x", Buffer.alloc(2_048)],
    ["camera-stream", "yard", Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(20_000)])],
    ["tracker-owntracks", "owntracks/ann/phone", { _type: "location", lat: 1, lon: 2 }],
    ["wearable", "watch-1", { heart_rate: { value: 61, unit: "beats/min" } }],
    ["tracker-telematics", "unit-1", { state: { reported: { latlng: "1,2", ts: 3 } } }],
    ["weather-station", "ws", { tempf: "70", humidity: "40", windspeedmph: "3" }],
    ["aws-shadow", "$aws/things/pump/shadow/update", { state: {} }],
    ["heartbeat", "pump-7/heartbeat", "alive"],
  ] as const)
    it(`recognises ${name}`, () => assert.equal(matched(topic, payload), name));

  it("recognises nothing where nothing tells", () => {
    for (const [topic, payload] of [
      ["a/b", { temperature: 1 }],
      [undefined, "on"],
      [7, Buffer.alloc(10)],
      ["zigbee2mqtt/hall", '{"occupancy"'],
      ["x", { __proto__: { latitude: 1, longitude: 2 } }],
      ["tele/x/SENSOR", null],
    ])
      assert.equal(matched(topic, payload), undefined);
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything({ withTypedArray: true }), (topic, payload) => {
        matched(topic, payload);
      }),
    );
  });

  it("takes of equals the one whose rhythm is nearest", () => {
    const base = {
      match: { topic: "a" },
      bytes: 1,
      qos: { loss: "none", order: "key", priority: 3 },
    } as const;
    const slow = {
      ...base,
      name: "slow",
      title: "",
      rhythm: { pattern: "periodic", periodMs: 60_000 },
    } as const;
    const fast = {
      ...base,
      name: "fast",
      title: "",
      rhythm: { pattern: "periodic", periodMs: 1_000 },
    } as const;
    const sample = { topic: "a", payload: "on", bytes: 2, kind: "text" } as const;
    const summary = { pattern: "periodic", periodMs: 1_200 } as SessionSummary;
    assert.equal(matchProfile([slow, fast], sample, summary)?.name, "fast");
    assert.equal(matchProfile([slow, fast], sample)?.name, "slow");
  });
});

describe("matchesTopic", () => {
  for (const [filter, topic, isMatch] of [
    ["a/+/c", "a/b/c", true],
    ["a/+/c", "a/b/d", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["#", "a/b", true],
    ["+", "a/b", false],
    ["a/+", "a", false],
    ["a", "a/b", false],
    ["+/+", "/a", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
  ] as const)
    it(`${filter} ${isMatch ? "matches" : "doesn't match"} ${topic}`, () =>
      assert.equal(matchesTopic(filter, topic), isMatch));
});
