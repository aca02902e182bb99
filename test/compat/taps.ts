/** Watches what leaves the nodes of a deployed flow: a file per output, written by core nodes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly wires?: readonly (readonly string[])[];
  readonly [property: string]: unknown;
}

/** One wired output of one node. */
export interface Tap {
  readonly node: FlowNode;
  readonly output: number;
  readonly file: string;
}

export interface TappedFlow {
  readonly flow: readonly FlowNode[];
  readonly taps: readonly Tap[];
}

/** The whole message as one line of JSON; Buffers and other objects as JSON.stringify writes them. */
const AS_LINE = "return { payload: JSON.stringify(msg) };";

/** Adds a tap to each wired output of the nodes whose type is asked for. */
export function tapped(flow: readonly FlowNode[], folder: string, types: readonly string[]): TappedFlow {
  const taps: Tap[] = [];
  const added: FlowNode[] = [];
  const tap = (node: FlowNode, output: number, targets: readonly string[]): readonly string[] => {
    if (targets.length === 0) return targets;
    const id = `tap-${node.id}-${output}`;
    const file = join(folder, `${id}.jsonl`);
    taps.push({ node, output, file });
    const at = { ...(node.z ? { z: node.z } : {}), x: 10, y: 10 };
    added.push(
      { ...at, id, type: "function", func: AS_LINE, outputs: 1, wires: [[`${id}-file`]] },
      {
        ...at,
        id: `${id}-file`,
        type: "file",
        filename: file,
        filenameType: "str",
        appendNewline: true,
        createDir: false,
        overwriteFile: "false",
        encoding: "none",
        wires: [[]],
      },
    );
    return [...targets, id];
  };
  const wired = flow.map((node) =>
    types.includes(node.type) && node.wires
      ? { ...node, wires: node.wires.map((targets, output) => tap(node, output, targets)) }
      : node,
  );
  return { flow: [...wired, ...added], taps };
}

/** The messages a tap has seen so far. */
export function messagesOf({ file }: Tap): Record<string, unknown>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
