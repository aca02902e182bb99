import assert from "node:assert/strict";
import {
  type FlowNode,
  gatewayFlow,
  hostFlow,
  poolName,
  readExample,
  subscriptionsOf,
} from "../../src/demo/flows.ts";

const place = { broker: { host: "127.0.0.1", port: 4242 }, storePath: "/run/store.sqlite" };
const broker = { id: "b", type: "mqtt-broker", broker: "localhost", port: "1883", protocolVersion: "5" };
const pool = {
  id: "p",
  type: "session-pool",
  name: "edge",
  broker: "mqtt://localhost:1883",
  threshold: "0.85",
};
const store = { id: "s", type: "session-store", engine: "sqlite", path: "session-store.sqlite" };
const forecast = { id: "f", type: "session-forecast", z: "t", x: 1, y: 2, wires: [["st"], ["debug"]] };
const stitch = { id: "st", type: "session-stitch", z: "t", x: 1, y: 2, wires: [["route"], []] };
const input = { id: "in", type: "mqtt in", topic: "devices/#", broker: "b", wires: [["f"]] };
const gateway: readonly FlowNode[] = [broker, pool, store, forecast, stitch, input];

const byId = (flow: readonly FlowNode[], id: string): FlowNode => {
  const node = flow.find((each) => each.id === id);
  assert.ok(node, id);
  return node;
};

describe("gatewayFlow", () => {
  it("moves broker, pool and store to the run's, shortens the dwell, and touches nothing else of them", () => {
    const flow = gatewayFlow(gateway, { ...place, policy: "predictive" });
    assert.deepEqual(byId(flow, "b"), {
      ...broker,
      broker: "127.0.0.1",
      port: "4242",
      protocolVersion: "4",
      usetls: false,
    });
    assert.deepEqual(byId(flow, "p"), {
      ...pool,
      broker: "mqtt://127.0.0.1:4242",
      policy: "predictive",
      dryRun: false,
      dwellMs: "10000",
    });
    assert.deepEqual(byId(flow, "s"), { ...store, path: "/run/store.sqlite" });
  });

  it("plans nothing under the policy static", () => {
    assert.equal(byId(gatewayFlow(gateway, { ...place, policy: "static" }), "p")["dryRun"], true);
  });

  it("wires plan events and Session Profiles to MQTT besides what they are wired to", () => {
    const flow = gatewayFlow(gateway, { ...place, policy: "predictive" });
    assert.deepEqual(byId(flow, "f").wires, [["st"], ["debug", "demo-profiles-set"]]);
    assert.deepEqual(byId(flow, "st").wires, [["route"], ["demo-plan-set"]]);
    assert.deepEqual(byId(flow, "demo-plan-set").wires, [["demo-plan"]]);
    assert.equal(byId(flow, "demo-plan")["broker"], "b");
    assert.equal(byId(flow, "demo-profiles").topic, "demo/profiles");
  });

  it("leaves a flow without those nodes as it is", () => {
    assert.deepEqual(gatewayFlow([input], { ...place, policy: "static" }), [input]);
  });
});

describe("hostFlow", () => {
  it("gives the host its name", () => {
    const receive = { id: "r", type: "session-receive", host: "host-1", wires: [["w"]] };
    assert.deepEqual(hostFlow([receive], place, "host-7"), [{ ...receive, host: "host-7" }]);
  });
});

describe("what the run needs to know of a flow", () => {
  it("is its subscriptions and its pool's name", () => {
    assert.deepEqual(subscriptionsOf(gateway), ["devices/#"]);
    assert.equal(poolName(gateway), "edge");
    assert.equal(poolName([]), "pool");
  });

  it("is found in the examples", () => {
    assert.equal(poolName(readExample("3-mqtt-host")), "pool");
  });
});
