import type { Node, NodeMessageInFlow } from "node-red";

type Message = NodeMessageInFlow & Record<string, unknown>;
type Outputs = object | (object | object[] | null)[] | null;
type Handler = (msg: Message) => Outputs | Promise<Outputs>;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * Runs `handle` per message and sends what it returns (an array: one element per output); calls `done` exactly
 * once, whatever it throws. Stays synchronous for a synchronous handler: a promise per message would cost as
 * much as the hop. An async listener that rejected would end the whole process (FACTS: uncaughtException).
 */
export function onInput(node: Node, handle: Handler): void {
  node.on("input", (msg, send, done) => {
    try {
      const out = handle(msg as Message);
      if (out instanceof Promise) {
        out.then(
          (value) => {
            if (value) send(value as NodeMessageInFlow);
            done();
          },
          (error: unknown) => done(asError(error)),
        );
        return;
      }
      if (out) send(out as NodeMessageInFlow);
      done();
    } catch (error) {
      done(asError(error));
    }
  });
}
