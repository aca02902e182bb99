import type { Node, NodeMessageInFlow } from "node-red";

type Message = NodeMessageInFlow & Record<string, unknown>;
type Outputs = object | (object | object[] | null)[] | null;
type Handler = (msg: Message) => Outputs | Promise<Outputs>;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Sends; what it failed by: messages are cloned for further wires, and some can't be. */
function sent(send: (out: NodeMessageInFlow) => void, out: Outputs): Error | undefined {
  try {
    if (out) send(out as NodeMessageInFlow);
    return undefined;
  } catch (error) {
    return asError(error);
  }
}

/**
 * Runs `handle` per message and sends what it returns (an array: one element per output); calls `done` exactly
 * once, whatever it throws. Stays synchronous for a synchronous handler: a promise per message would cost as
 * much as the hop. An async listener that rejected would end the whole process (FACTS: uncaughtException).
 */
export function onInput(node: Node, handle: Handler): void {
  node.on("input", (msg, send, done) => {
    let failure: Error | undefined;
    try {
      const out = handle(msg as Message);
      if (out instanceof Promise) {
        out.then(
          (value) => done(sent(send, value)),
          (error: unknown) => done(asError(error)),
        );
        return;
      }
      failure = sent(send, out);
    } catch (error) {
      failure = asError(error);
    }
    done(failure);
  });
}
