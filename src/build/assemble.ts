/** Completes dist/nodes after tsc: html with its bundled editor script, locales, icons. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { buildSync } from "esbuild";

const out = "dist/nodes";
mkdirSync(out, { recursive: true });
for (const file of readdirSync("nodes").filter((f) => f.endsWith(".html"))) {
  const name = basename(file, ".html");
  const { outputFiles } = buildSync({
    entryPoints: [`nodes/${name}.editor.ts`],
    bundle: true,
    format: "iife",
    target: "es2022",
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  writeFileSync(`${out}/${file}`, `${readFileSync(`nodes/${file}`, "utf8")}<script>\n${script}</script>\n`);
}
cpSync("nodes/locales", `${out}/locales`, { recursive: true });
cpSync("icons", `${out}/icons`, { recursive: true });
