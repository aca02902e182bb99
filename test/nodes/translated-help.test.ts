import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = "nodes/locales";
const ORIGINAL = "en-US";

/** Of a help text what no translation changes: its elements in order, and what is quoted from the code. */
function skeletonOf(language: string, file: string): { tags: string[]; codes: string[] } {
  const text = readFileSync(join(folder, language, file), "utf8");
  const tags = text.match(/<(?!\/?(?:code|[bi])\b)[^>]+>/g) ?? [];
  return { tags, codes: (text.match(/<code>[^<]*<\/code>/g) ?? []).toSorted() };
}

describe("translated help", () => {
  for (const language of readdirSync(folder).filter((name) => name !== ORIGINAL))
    for (const file of readdirSync(join(folder, ORIGINAL)).filter((name) => name.endsWith(".html")))
      it(`${language}/${file} has all of the help, in the same order`, () =>
        assert.deepEqual(skeletonOf(language, file), skeletonOf(ORIGINAL, file)));
});
