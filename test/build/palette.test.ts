import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  definitionsOf,
  examples,
  inlineScripts,
  nodeTypes,
  readBuilt,
  readHelp,
  readLocale,
  requireBuilt,
  root,
  textAt,
} from "./built-palette.ts";

const CATEGORY = "session stitching";
const COLOR = "#C7B8E0";
const isConfig = (type: string): boolean => definitionsOf(type).get(type)?.category === "config";

/** Keys of a type's own catalogue that its html asks for; those with a namespace are Node-RED's. */
function keysOfHtml(html: string): string[] {
  const values = [...html.matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, value]) => (value ?? "").split(";"));
  return values.map((value) => value.replace(/^\[[\w-]+\]/, "")).filter((key) => !key.includes(":"));
}

/** Every literal that looks like a key of this type, wherever the code passes it to `_`. */
function keysOfCode(type: string, code: string): string[] {
  const literals = [...code.matchAll(new RegExp(`["'\`](${type}\\.[\\w.-]+)["'\`]`, "g"))].map(
    ([, key]) => key ?? "",
  );
  return literals.filter((key) => !/\.(svg|sqlite|html|js|ts)$/.test(key));
}

describe("built palette", () => {
  before(function () {
    requireBuilt(this);
  });

  for (const type of nodeTypes) {
    describe(type, () => {
      it("registers itself by a literal name and an inline definition", () => {
        const scripts = inlineScripts(type).join("\n");
        assert.ok(scripts.includes(`registerType("${type}", {`), "the scorecard needs both as literals");
        assert.deepEqual([...definitionsOf(type).keys()], [type]);
        assert.match(scripts, /\n {2,4}defaults: \{\n/, "defaults is an inline object");
      });

      it("has validators of two parameters: of one, Node-RED takes the complaint for true", () => {
        const defaults = Object.entries(definitionsOf(type).get(type)?.defaults ?? {});
        assert.deepEqual(
          defaults.filter(([, { validate }]) => validate && validate.length !== 2).map(([name]) => name),
          [],
        );
      });

      it("looks like the others of the palette", () => {
        const definition = definitionsOf(type).get(type);
        assert.ok(definition);
        assert.ok(definition.defaults["name"], "it can be named");
        if (definition.category === "config") return;
        assert.equal(definition.category, CATEGORY);
        assert.equal(definition.color, COLOR);
        assert.equal(definition.paletteLabel, type.replace("session-", ""));
        assert.equal(definition.icon, `${type}.svg`);
      });

      it("has its icon in two colours only: white and nothing", () => {
        if (isConfig(type)) return;
        const icon = readBuilt(`icons/${type}.svg`);
        assert.match(icon, /viewBox="0 0 40 60"/);
        const colours = [...icon.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour);
        assert.deepEqual(
          colours.filter((colour) => !/^(none|#fff|#ffffff|white)$/i.test(colour ?? "")),
          [],
        );
      });

      it("has a template and a field for each property it saves", () => {
        const html = readBuilt(`${type}.html`);
        assert.match(html, new RegExp(`data-template-name="${type}"`));
        const prefix = isConfig(type) ? "node-config-input" : "node-input";
        const fields = [...html.matchAll(new RegExp(`id="${prefix}-([\\w]+)"`, "g"))].map(([, name]) => name);
        const code = inlineScripts(type).join("\n");
        for (const name of Object.keys(definitionsOf(type).get(type)?.defaults ?? {})) {
          const isMade = code.includes(`${prefix}-${name}`) || /^(outputs|inputs)$/.test(name);
          const isTwin = name.endsWith("Type") && fields.includes(name.replace(/Type$/, ""));
          assert.ok(fields.includes(name) || isMade || isTwin, `${name} has no field #${prefix}-${name}`);
        }
      });

      it("finds every text it asks for", () => {
        const locale = readLocale(type);
        const source = readFileSync(join(root, "nodes", `${type}.ts`), "utf8");
        const code = inlineScripts(type).join("\n");
        const keys = [
          ...keysOfHtml(readBuilt(`${type}.html`)),
          ...keysOfCode(type, code),
          ...keysOfCode(type, source),
        ];
        assert.ok(keys.length > 0, "its dialog has texts");
        assert.deepEqual(
          keys.filter((key) => !textAt(locale, key)),
          [],
        );
        if (!isConfig(type)) assert.ok(textAt(locale, `${type}.paletteLabel`), "paletteLabel");
      });

      it("is explained: inputs, outputs where it has them, and details", () => {
        const help = readHelp(type);
        const { inputs = 0, outputs = 0 } = definitionsOf(type).get(type) ?? {};
        assert.match(help, new RegExp(`data-help-name="${type}"`));
        assert.match(help, /<h3>Details<\/h3>/);
        if (inputs > 0) assert.match(help, /<h3>Inputs<\/h3>/);
        if (outputs > 0) assert.match(help, /<h3>Outputs<\/h3>/);
        assert.match(help, />\s*<p>/, "the tooltip is the first paragraph");
      });

      it("takes all colours from the editor's theme", () => {
        const sources = readBuilt(`${type}.html`).replace(`color: "${COLOR}"`, "");
        const set = /(?:[\s;"'-])(?:color|background|border|fill|stroke)(?:-\w+)?\s*:\s*["']?([^;"'\n]+)/g;
        const styles = [...sources.matchAll(/style="[^"]*"|<style>[\s\S]*?<\/style>/g)].join("\n");
        const fixed = [...styles.matchAll(set)].filter(
          ([, value]) => !/var\(--red-ui-|none|inherit|transparent|currentColor|^\s*0/.test(value ?? ""),
        );
        assert.deepEqual(
          fixed.map(([text]) => text),
          [],
        );
        assert.doesNotMatch(sources, /["'](?:#[0-9a-f]{3}|#[0-9a-f]{6})["']|rgba?\(|hsla?\(/i);
      });

      it("occurs in an example", () => {
        const used = [...examples().values()].flat().map((node) => node.type);
        assert.ok(used.includes(type));
      });
    });
  }
});
