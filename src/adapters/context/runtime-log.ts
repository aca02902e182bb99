import { createRequire } from "node:module";
import nodeRed from "@node-red/util";

type Util = typeof nodeRed;

const UTIL = /[\\/]@node-red[\\/]util[\\/]index\.js$/;
const { cache } = createRequire(import.meta.url);

/**
 * Warns in Node-RED's log. npm gives a palette in the user folder a copy of `@node-red/util` of its own, whose log
 * nobody reads: the runtime's is another of the copies that this process has loaded. A log without a reader is silent.
 */
export function warn(text: string): void {
  const loaded = Object.entries(cache)
    .filter(([path]) => UTIL.test(path))
    .map(([, module]) => module?.exports as Util | undefined);
  const logs = new Set([nodeRed, ...loaded].map((util) => util?.log));
  for (const log of logs) log?.warn(text);
}
