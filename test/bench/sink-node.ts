import type { Node, NodeAPI, NodeDef } from "node-red";

/** End of a measured chain: tells the bench of each arrival. */
export default function register(RED: NodeAPI): void {
  function SinkNode(this: Node, def: NodeDef): void {
    RED.nodes.createNode(this, def);
    this.on("input", (_message, _send, done) => {
      this.emit("bench-arrival");
      done();
    });
  }
  RED.nodes.registerType("bench-sink", SinkNode);
}
