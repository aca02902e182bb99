import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = "nodes/locales";
const ORIGINAL = "en-US";

/** Every text of a catalogue by its path: the names in braces that it is filled with. */
function blanksOf(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, (value.match(/\{\w+\}/g) ?? []).toSorted().join()]];
  return Object.entries(value as object).flatMap(([key, part]) => blanksOf(part, `${path}.${key}`));
}

const read = (language: string, file: string): Map<string, string> =>
  new Map(blanksOf(JSON.parse(readFileSync(join(folder, language, file), "utf8"))));

describe("translations", () => {
  for (const language of readdirSync(folder).filter((name) => name !== ORIGINAL))
    for (const file of readdirSync(join(folder, language)).filter((name) => name.endsWith(".json")))
      it(`${language}/${file} has each text, with the same blanks`, () =>
        assert.deepEqual(
          [...read(language, file)].toSorted(([a], [b]) => (a < b ? -1 : 1)),
          [...read(ORIGINAL, file)].toSorted(([a], [b]) => (a < b ? -1 : 1)),
        ));
});
