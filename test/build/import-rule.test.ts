import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** One file per sin, and the tool that must refuse it. */
const bad: Readonly<Record<string, { code: string; by: "biome" | "tsc" }>> = {
  "src/core/bad-fs.ts": {
    code: 'import { readFileSync } from "node:fs";\nexport const read: unknown = readFileSync;\n',
    by: "biome",
  },
  "src/core/bad-mqtt.ts": {
    code: 'import { connect } from "mqtt";\nexport const open: unknown = connect;\n',
    by: "biome",
  },
  "src/core/bad-node-red.ts": {
    code: 'import type { NodeAPI } from "node-red";\nexport type Api = NodeAPI;\n',
    by: "biome",
  },
  "src/core/bad-adapters.ts": {
    code: 'import * as clock from "../adapters/clock.ts";\nexport const late: unknown = clock;\n',
    by: "biome",
  },
  "src/core/bad-nodes.ts": {
    code: 'import * as node from "../../nodes/session-stitch.ts";\nexport const up: unknown = node;\n',
    by: "biome",
  },
  "src/core/bad-now.ts": { code: "export const atMs = (): number => Date.now();\n", by: "biome" },
  "src/core/bad-date.ts": { code: "export const at: unknown = new Date(0);\n", by: "biome" },
  "src/core/bad-random.ts": { code: "export const chance = (): number => Math.random();\n", by: "biome" },
  "src/core/bad-any.ts": { code: "export const anything: any = 1;\n", by: "biome" },
  "src/adapters/bad-upward.ts": {
    code: 'import * as node from "../../nodes/session-stitch.ts";\nexport const up: unknown = node;\n',
    by: "biome",
  },
  "src/core/bad-timer.ts": { code: "export const later: unknown = setTimeout;\n", by: "tsc" },
  "src/core/bad-process.ts": { code: "export const env: unknown = process.env;\n", by: "tsc" },
  "src/core/bad-performance.ts": { code: "export const tick: unknown = performance.now();\n", by: "tsc" },
  "src/core/bad-import.ts": { code: 'import "../adapters/clock.ts";\n', by: "tsc" },
};

interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

function run(folder: string, tool: string, ...args: string[]): Verdict {
  const bin = join(root, "node_modules", tool);
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { ok: status === 0, text: stdout + stderr };
}

const biome = (folder: string): Verdict =>
  run(
    folder,
    "@biomejs/biome/bin/biome",
    "lint",
    "--error-on-warnings",
    "--reporter=github",
    "--max-diagnostics=none",
    "src",
  );
const tsc = (folder: string): Verdict =>
  run(folder, "typescript/bin/tsc", "-p", "src/core", "--noEmit", "--pretty", "false");

describe("the import rule", function () {
  this.timeout(60_000);
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "import-rule-"));
    for (const path of [
      "src/core",
      "src/adapters/clock.ts",
      "src/build/core-pure.grit",
      "tsconfig.json",
      "package.json",
    ]) {
      cpSync(join(root, path), join(folder, path), { recursive: true });
    }
    // The copy is no git repository; all else of the rules is as in the project.
    const { vcs: _vcs, ...rules } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as {
      vcs?: object;
    };
    writeFileSync(join(folder, "biome.json"), JSON.stringify(rules));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("lets the core as it stands pass", () => {
    for (const verdict of [biome(folder), tsc(folder)]) assert.ok(verdict.ok, verdict.text.slice(0, 2000));
  });

  describe("refuses", () => {
    const verdicts = { biome: { ok: true, text: "" }, tsc: { ok: true, text: "" } };

    before(() => {
      for (const [path, { code }] of Object.entries(bad)) writeFileSync(join(folder, path), code);
      verdicts.biome = biome(folder);
      verdicts.tsc = tsc(folder);
    });

    for (const [path, { by }] of Object.entries(bad)) {
      it(`${path} (${by})`, () => {
        const { ok, text } = verdicts[by];
        assert.ok(!ok, `${by} passed`);
        assert.ok(text.includes(path), `${by} does not name ${path}`);
      });
    }
  });
});
