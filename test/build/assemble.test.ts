import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../src/build/assemble.ts", import.meta.url));

const SOURCES = {
  "nodes/session-x.html": '<script type="text/html" data-template-name="session-x"></script>\n',
  "nodes/session-x.editor.ts":
    'import { tag } from "../src/tag.ts";\nRED.nodes.registerType("session-x", { label: (): string => tag });\n',
  "src/tag.ts": 'export const tag: string = "</script>é";\n',
  "nodes/locales/en-US/session-x.json": "{}",
  "icons/session-x.svg": "<svg/>",
};

describe("assemble", function () {
  this.timeout(20_000);
  let folder = "";
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const read = (path: string): string => readFileSync(join(folder, "dist/nodes", path), "utf8");
  const assemble = (): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [script], { cwd: folder, encoding: "utf8" });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "assemble-"));
    for (const [path, text] of Object.entries(SOURCES)) write(path, text);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("appends one script that bundles what the editor source imports", () => {
    assert.equal(assemble().status, 0);
    const html = read("session-x.html");
    assert.match(html, /^<script type="text\/html" data-template-name="session-x">/);
    assert.match(html, /<script type="text\/javascript">\n/);
    assert.match(html, /registerType\("session-x", \{/);
    assert.equal(html.match(/<\/script>/g)?.length, 2, "a closing tag inside a string is escaped");
    assert.match(html, /é/);
  });

  it("copies locales and icons to where Node-RED looks for them", () => {
    assert.equal(assemble().status, 0);
    assert.equal(read("locales/en-US/session-x.json"), "{}");
    assert.equal(read("icons/session-x.svg"), "<svg/>");
  });

  it("fails when a dialog has no editor source, and names it", () => {
    rmSync(join(folder, "nodes/session-x.editor.ts"));
    const { status, stderr } = assemble();
    assert.notEqual(status, 0);
    assert.match(stderr, /session-x\.editor\.ts/);
  });
});
