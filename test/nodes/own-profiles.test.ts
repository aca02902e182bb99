import assert from "node:assert/strict";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import type { DeviceProfile } from "../../src/core/profile/device-profile.ts";
import { ForecastFlow } from "../support/forecast-flow.ts";

const pump: DeviceProfile = {
  name: "pump",
  title: "Pump of hall 3",
  match: { sessionId: "pump-*", fields: ["rpm"] },
  rhythm: { pattern: "periodic", periodMs: 50, cv: 0.1 },
  bytes: 1_000,
  qos: { latencyMs: 500, loss: "none", order: "key", priority: 6 },
};
const pool = { id: "pool", type: "session-pool" };
const profile = {
  id: "profile",
  type: "session-profile",
  pool: "pool",
  sessionId: "device",
  sessionIdType: "msg",
  slotKeyType: "none",
  deviceProfile: "",
  profiles: [pump],
  windowMs: "60000",
  wires: [["forecast"], ["change"]],
};
const forecast = { id: "forecast", type: "session-forecast", pool: "pool", stepMs: "100", horizon: "5" };
const sinks = [
  { id: "change", type: "helper" },
  { id: "each", type: "helper" },
];

describe("own device profiles in the nodes", () => {
  let flow: ForecastFlow;
  let sessions: SessionDirectory;
  beforeEach(() => {
    flow = new ForecastFlow();
    sessions = new SessionDirectory(10);
    const settings = { maxSessions: 10, threshold: 0.85, hosts: [] };
    flow.pool = {
      sessions,
      settings,
      gateway: () => ({ profileChanged: () => 0, hosts: () => [] }),
    } as never;
  });
  afterEach(() => flow.unload());

  const load = (fields: object): Promise<void> =>
    flow.load([pool, { ...profile, ...fields }, { ...forecast, wires: [[], ["each"]] }, ...sinks]);

  it("match by session id and payload; their rhythm and QoS are the Session Profile's", async () => {
    await load({});
    flow.send("profile", { device: "pump-7", topic: "hall/3", payload: { rpm: 1_480 } });
    flow.send("profile", { device: "fan-7", topic: "hall/3", payload: { rpm: 900 } });
    await flow.until(() => flow.got("each").length >= 2);
    const { topic, payload: change } = flow.got("change")[0] ?? assert.fail();
    assert.equal(topic, "pump-7");
    assert.deepEqual((change as { deviceProfile: unknown }).deviceProfile, pump);
    assert.deepEqual(sessions.find("pump-7")?.deviceProfile, pump);
    assert.notEqual(sessions.find("fan-7")?.deviceProfile?.name, "pump");
    const { payload } = flow.got("each").find(({ topic: id }) => id === "pump-7") ?? assert.fail();
    const told = payload as SessionProfile;
    assert.deepEqual(told.qos, pump.qos);
    assert.match(told.model.name, /^profile pump/);
    for (const rate of told.messages.median) assert.ok(rate > 5 && rate <= 25, `${rate} messages/s of 20`);
    for (const bps of told.bytes.median) assert.ok(bps > 5_000 && bps <= 25_000, `${bps} bytes/s of 20,000`);
  });

  it("can be declared for all sessions of a node", async () => {
    await load({ deviceProfile: "pump" });
    flow.send("profile", { device: "anything", topic: "t", payload: 7 });
    await flow.until(() => sessions.find("anything")?.deviceProfile !== undefined);
    assert.deepEqual(sessions.find("anything")?.deviceProfile, pump);
  });

  it("take the place of the library's of the same name", async () => {
    const motion = { ...pump, name: "zigbee-motion", match: { topic: "zigbee2mqtt/+" } };
    await load({ profiles: [motion] });
    flow.send("profile", { device: "hall", topic: "zigbee2mqtt/hall", payload: '{"occupancy":true}' });
    assert.deepEqual(sessions.find("hall")?.deviceProfile, motion);
  });

  it("that are wrong are reported with their place, and the node is not set up", async () => {
    await load({ profiles: [{ ...pump, bytes: 0 }] });
    assert.match(
      String(flow.node("profile").error.args[0]?.[0]),
      /profiles\[0\]\.bytes must be a whole number from 1 to 268435455, got 0$/,
    );
  });
});
