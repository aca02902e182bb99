import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** One place in a source file, and what stands there instead. */
export interface Change {
  /** Below src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const ROOT = new URL("../../", import.meta.url);
const SOURCE = /\/(src|test)\/.*\.ts$/;
const changes = new Map<string, Change>();

function changedText(url: URL, { file, from, to }: Change): string {
  const text = readFileSync(fileURLToPath(new URL(url.pathname, ROOT)), "utf8");
  assert.equal(text.split(from).length, 2, `src/${file} has once: ${from}`);
  return text.replace(from, () => to);
}

registerHooks({
  // Whatever a module of a changed copy imports of this repository is a copy as well.
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = context.parentURL && new URL(context.parentURL).searchParams.get("changed");
    const isOwn = found.url.startsWith(ROOT.href) && SOURCE.test(found.url);
    return name && isOwn ? { ...found, url: `${found.url}?changed=${name}` } : found;
  },
  load(url, context, next) {
    const at = new URL(url);
    const change = changes.get(at.searchParams.get("changed") ?? "");
    if (!change || at.href.split("?")[0] !== new URL(`src/${change.file}`, ROOT).href)
      return next(url, context);
    return { ...next(url, context), source: changedText(at, change) };
  },
});

/** A module below test/simulation/ with all that it imports, where one place of the source is another. */
export async function withChange<T>(name: string, change: Change, module: string): Promise<T> {
  changes.set(name, change);
  return (await import(`./${module}?changed=${name}`)) as T;
}
