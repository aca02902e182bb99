import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type JsonSchema, sessionProfileSchema } from "../../../src/core/index.ts";

const text = readFileSync(new URL("../../../docs/session-profile.md", import.meta.url), "utf8");
const $defs = sessionProfileSchema["$defs"] as Record<string, JsonSchema>;

/** Paths of all properties, as `bytes.median`. */
function pathsOf(schema: JsonSchema, path: string): string[] {
  const named = typeof schema["$ref"] === "string" ? $defs[schema["$ref"].slice("#/$defs/".length)] : schema;
  const items = named?.["items"] as JsonSchema | undefined;
  const properties = (named?.["properties"] ?? items?.["properties"] ?? {}) as Record<string, JsonSchema>;
  const own = Object.entries(properties).flatMap(([name, of]) =>
    pathsOf(of, path === "" ? name : `${path}${items ? "[]" : ""}.${name}`),
  );
  return path === "" ? own : [path, ...own];
}

describe("docs/session-profile.md", () => {
  for (const path of pathsOf(sessionProfileSchema, "")) {
    it(`tells of ${path}`, () => {
      const shown = path.replace(/^(bytes|messages)\./, "curve.").replace(/^dataTypes\..*/, "dataTypes");
      assert.ok(text.includes(`\`${shown}\``), `no \`${shown}\` in it`);
    });
  }
});
