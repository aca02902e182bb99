import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { NodeAPI } from "node-red";

type Register = (RED: NodeAPI) => void;

const require = createRequire(import.meta.url);
const sourceOf = (type: string): URL => new URL(`../../nodes/${type}.ts`, import.meta.url);

/** The registering functions of these types, from source; undefined where one of them is not there. */
export async function ownTypes(...types: string[]): Promise<Register[] | undefined> {
  if (!types.every((type) => existsSync(sourceOf(type)))) return undefined;
  const modules = types.map((type) => import(sourceOf(type).href) as Promise<{ default: Register }>);
  return (await Promise.all(modules)).map((module) => module.default);
}

/** The registering functions of Node-RED's own node files. */
export const coreTypes = (...files: string[]): Register[] =>
  files.map((file) => require(`@node-red/nodes/core/${file}`) as Register);
