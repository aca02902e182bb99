import type { Node, NodeAPI, NodeDef } from "node-red";

/** The cheapest node there is: what a hop of Node-RED itself costs. */
export default function register(RED: NodeAPI): void {
  function EmptyNode(this: Node, def: NodeDef): void {
    RED.nodes.createNode(this, def);
    this.on("input", (message, send, done) => {
      send(message);
      done();
    });
  }
  RED.nodes.registerType("bench-empty", EmptyNode);
}
