/** The built palette as Node-RED and the Flow Library read it: files of dist/nodes, no runtime. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));
const builtNodes = join(root, "dist", "nodes");

interface Manifest {
  readonly "node-red": { readonly nodes: Readonly<Record<string, string>> };
  readonly name: string;
  readonly keywords: readonly string[];
  readonly engines: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
export const nodeTypes: readonly string[] = Object.keys(manifest["node-red"].nodes);

interface Property {
  readonly value?: unknown;
  readonly type?: string;
  readonly validate?: (value: unknown, options: unknown) => unknown;
}

/** What the editor is told of a type. */
export interface Definition {
  readonly category: string;
  readonly color?: string;
  readonly icon?: string;
  readonly paletteLabel?: string;
  readonly inputs?: number;
  readonly outputs?: number;
  readonly defaults: Readonly<Record<string, Property>>;
}

/** Skips what needs `npm run build`: mocha alone runs from source. CI always builds, so there it is a failure. */
export function requireBuilt(test: { skip(): unknown }): void {
  if (nodeTypes.some((type) => existsSync(join(builtNodes, `${type}.html`)))) return;
  const { CI } = process.env;
  if (CI) throw new Error("dist/nodes is not built: npm run build first");
  test.skip();
}

export const readBuilt = (file: string): string => readFileSync(join(builtNodes, file), "utf8");
export const readLocale = (type: string): unknown => JSON.parse(readBuilt(`locales/en-US/${type}.json`));
export const readHelp = (type: string): string => readBuilt(`locales/en-US/${type}.html`);

/** The blocks that the Flow Library's scorecard finds. */
export function inlineScripts(type: string): string[] {
  const blocks = readBuilt(`${type}.html`).matchAll(
    /<script[^>]+type="text\/javascript"[^>]*>([\s\S]*?)<\/script>/g,
  );
  return [...blocks].map(([, code]) => code ?? "");
}

/** Runs the type's editor script against an editor that only takes notes. */
export function definitionsOf(type: string): Map<string, Definition> {
  const found = new Map<string, Definition>();
  const nothing = (): boolean => true;
  const valid = (_value: unknown, _options: unknown): boolean => true;
  const RED = {
    nodes: { registerType: (name: string, definition: Definition) => found.set(name, definition) },
    validators: new Proxy({}, { get: () => () => valid }),
    _: (key: string) => key,
    events: { on: nothing },
  };
  for (const code of inlineScripts(type)) runInNewContext(code, { RED, console });
  return found;
}

/** The text under a dotted key of a locale file, if there is one. */
export function textAt(locale: unknown, key: string): string | undefined {
  let at: unknown = locale;
  for (const part of key.split(".")) at = (at as Record<string, unknown> | undefined)?.[part];
  return typeof at === "string" ? at : undefined;
}

/** Every example flow's file name and nodes. */
export function examples(): Map<string, { readonly type: string; readonly [property: string]: unknown }[]> {
  const folder = join(root, "examples");
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return new Map(files.map((file) => [file, JSON.parse(readFileSync(join(folder, file), "utf8"))]));
}
