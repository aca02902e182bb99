import type { NodeStatus } from "node-red";
import type { StoreHealth } from "../../core/record/store-driver.ts";

const STATUS: Readonly<Record<StoreHealth["state"], NodeStatus>> = {
  opening: { fill: "grey", shape: "ring", text: "opening" },
  ready: { fill: "green", shape: "dot", text: "ready" },
  degraded: { fill: "red", shape: "ring", text: "degraded" },
  closed: {},
};

/** Of a session-store node: the editor shows none of a config node, a Status node hears of it. */
export const storeStatus = (state: StoreHealth["state"]): NodeStatus => STATUS[state];
