/** A real Node-RED without editor, in this process, whose node types come straight from source files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where a node type's register function is: an absolute path of a `.ts` or `.js` module. */
export type TypeSources = Readonly<Record<string, string>>;

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

/** What a bench does with a node of the running flow. */
export interface RunningNode {
  receive(message: object): void;
  on(event: "bench-arrival", listener: () => void): void;
}

export interface EmbeddedRuntime {
  node(id: string): RunningNode;
  stop(): Promise<void>;
}

interface NodeRed {
  init(settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly events: { once(event: string, listener: () => void): void };
  readonly nodes: { getNode(id: string): RunningNode | null };
}

/** Node-RED finds a type by `<name>.js` beside `<name>.html`; the script only hands on what the source exports. */
function writeTypes(folder: string, types: TypeSources): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [type, source] of Object.entries(types)) {
    const url = JSON.stringify(pathToFileURL(source).href);
    writeFileSync(join(folder, `${type}.js`), `export { default } from ${url};\n`);
    writeFileSync(join(folder, `${type}.html`), `<script data-template-name="${type}"></script>\n`);
  }
}

/** Starts the runtime with `flow`; resolves when its nodes run. Its user directory goes with it. */
export async function startEmbedded(types: TypeSources, flow: readonly FlowNode[]): Promise<EmbeddedRuntime> {
  const { BENCH_LOG: level = "error" } = process.env;
  const userDir = mkdtempSync(join(tmpdir(), "bench-"));
  writeTypes(join(userDir, "nodes"), types);
  writeFileSync(join(userDir, "flows.json"), JSON.stringify([{ id: "tab", type: "tab" }, ...flow]));
  const red = createRequire(import.meta.url)("node-red") as NodeRed;
  red.init({
    userDir,
    flowFile: "flows.json",
    httpAdminRoot: false,
    httpNodeRoot: false,
    credentialSecret: false,
    logging: { console: { level, metrics: false, audit: false } },
    nodesExcludes: ["core"],
    telemetry: { enabled: false },
  });
  const started = new Promise<void>((resolve) => red.events.once("flows:started", resolve));
  await red.start();
  await started;
  return {
    node(id) {
      const found = red.nodes.getNode(id);
      if (!found) throw new Error(`flow node ${id} does not run: start with BENCH_LOG=info to see why`);
      return found;
    },
    async stop() {
      await red.stop();
      rmSync(userDir, { recursive: true, force: true });
    },
  };
}
