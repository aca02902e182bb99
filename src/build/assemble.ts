/**
 * Completes dist/nodes after tsc (paths are of the current folder): each type's html with its bundled editor
 * script, the locales, the icons. Node-RED looks for `locales` and `icons` in the folder of a node's own .js file.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";

const from = "nodes";
const to = join("dist", "nodes");

/**
 * Not minified, so that `registerType("literal", {…})` stays as written: the Flow Library's scorecard parses it.
 * esbuild itself escapes a closing script tag inside a string.
 */
function editorScript(type: string): string {
  const entry = join(from, `${type}.editor.ts`);
  if (!existsSync(entry)) throw new Error(`${type}.html has no ${entry} beside it`);
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    charset: "utf8",
    legalComments: "none",
    target: "es2022",
    write: false,
  });
  const [script] = outputFiles;
  if (!script) throw new Error(`esbuild made nothing of ${entry}`);
  return script.text;
}

mkdirSync(to, { recursive: true });
for (const file of readdirSync(from).filter((name) => name.endsWith(".html"))) {
  const script = editorScript(basename(file, ".html"));
  // The type attribute, though redundant, is what the scorecard searches for.
  const block = `<script type="text/javascript">\n${script}</script>\n`;
  writeFileSync(join(to, file), `${readFileSync(join(from, file), "utf8").trimEnd()}\n${block}`);
}
cpSync(join(from, "locales"), join(to, "locales"), { recursive: true });
cpSync("icons", join(to, "icons"), { recursive: true });
