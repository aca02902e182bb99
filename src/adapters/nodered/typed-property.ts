import type { Node, NodeAPI, NodeMessage } from "node-red";
import { StitchError } from "../../core/errors.ts";

type Message = Readonly<Record<string, unknown>>;

/** A typedInput's value, ready to be read off each message. */
export interface TypedProperty {
  /** How errors name it: "msg.topic", "flow.id". */
  readonly source: string;
  /** `read` gives promises: JSONata, and context stores that aren't in memory. */
  readonly isAsync: boolean;
  readonly read: (msg: Message) => unknown;
}

/** A value's property; undefined where there is none. */
function partOf(value: unknown, name: string | number): unknown {
  return value === null || value === undefined
    ? undefined
    : (value as Record<string | number, unknown>)[name];
}

/** `RED.util`'s own evaluation parses the expression for each message: three times the rest of the hop. */
function messageReader(RED: NodeAPI, expression: string): (msg: Message) => unknown {
  const path: readonly unknown[] = RED.util.normalisePropertyExpression(expression.replace(/^msg\./, ""));
  const isPlain = path.every((part) => typeof part === "string" || typeof part === "number");
  // `msg.a[msg.b]`: its parts are to be evaluated, too.
  if (!isPlain) return (msg) => RED.util.getMessageProperty(msg as NodeMessage, expression) as unknown;
  const names = path as readonly (string | number)[];
  const [first] = names;
  if (names.length === 1 && first !== undefined) return (msg) => msg[first];
  return (msg) => {
    let value: unknown = msg;
    for (const name of names) value = partOf(value, name);
    return value;
  };
}

type Callback = (error: Error | null, value: unknown) => void;
const promised = (start: (callback: Callback) => void): Promise<unknown> =>
  new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });

/** Prepared once per node. Throws StitchError `BAD_CONFIG` for an expression that can't be. */
export function typedProperty(RED: NodeAPI, node: Node, value: string, type: string): TypedProperty {
  const { util } = RED;
  try {
    switch (type) {
      case "msg":
        return { source: `msg.${value}`, isAsync: false, read: messageReader(RED, value) };
      case "str":
        return { source: "text", isAsync: false, read: () => value };
      case "env": {
        const fixed: unknown = util.evaluateNodeProperty(value, "env", node, {});
        return { source: `environment ${value}`, isAsync: false, read: () => fixed };
      }
      case "jsonata": {
        const expression = util.prepareJSONataExpression(value, node);
        const read = (msg: Message): unknown =>
          promised((done) => util.evaluateJSONataExpression(expression, msg as NodeMessage, done));
        return { source: "JSONata", isAsync: true, read };
      }
      default: {
        const read = (msg: Message): unknown =>
          promised((done) => util.evaluateNodeProperty(value, type, node, msg as NodeMessage, done));
        return { source: `${type}.${value}`, isAsync: true, read };
      }
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StitchError("BAD_CONFIG", `${type} property is invalid: ${reason}`, { cause });
  }
}
