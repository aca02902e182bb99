import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { manifest, nodeTypes, requireBuilt, root } from "./built-palette.ts";

/** Folders that a package may hold, and the single files at its root. */
const ALLOWED =
  /^(dist\/(nodes|src\/(core|adapters))\/.+|examples\/.+\.json|LICENSE|README\.md|CHANGELOG\.md|package\.json|resources\/.+)$/;
const MAX_DEPENDENCIES = 6;
const MAX_PACKED_BYTES = 1_000_000;

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** Names of the packages that a built module imports, Node's own left out. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  const found = [...text.matchAll(/(?<!\.)\b(?:from|import|require)\s*\(?\s*["']([^."'][^"']*)["']/g)];
  const outside = found.map(([, name]) => name ?? "").filter((name) => name && !name.startsWith("node:"));
  return outside.map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
}

describe("packed tarball", () => {
  let packed: Packed = { size: 0, files: [] };
  let paths: string[] = [];

  before(function () {
    this.timeout(60_000);
    requireBuilt(this);
    // Without scripts: prepack would build anew under the feet of the tests that read dist.
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const out = execFileSync("npm", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    packed = (JSON.parse(out) as Packed[])[0] ?? packed;
    paths = packed.files.map(({ path }) => path);
  });

  it("holds only what runs, examples and papers", () => {
    assert.deepEqual(
      paths.filter((path) => !ALLOWED.test(path)),
      [],
    );
    assert.deepEqual(
      paths.filter((path) => /(^|\/)(test|demo|bench|e2e)\/|\.(test\.|tsbuildinfo|map$|csv|gz)/.test(path)),
      [],
    );
  });

  it("holds what a user needs: licence, readme, changelog, examples", () => {
    for (const path of ["LICENSE", "README.md", "CHANGELOG.md", "package.json"]) {
      assert.ok(paths.includes(path), path);
    }
    assert.ok(paths.some((path) => path.startsWith("examples/")));
  });

  for (const [type, file] of Object.entries(manifest["node-red"].nodes)) {
    it(`holds all of ${type}: code, dialog, texts, help, icon`, () => {
      assert.equal(file, `dist/nodes/${type}.js`);
      const parts = [
        `${type}.js`,
        `${type}.html`,
        `locales/en-US/${type}.json`,
        `locales/en-US/${type}.html`,
      ];
      const isDrawn = readFileSync(join(root, "dist/nodes", `${type}.html`), "utf8").includes(`${type}.svg`);
      for (const part of isDrawn ? [...parts, `icons/${type}.svg`] : parts) {
        assert.ok(paths.includes(`dist/nodes/${part}`), part);
      }
    });
  }

  it("holds no file that the sources no longer have", () => {
    const built = paths.filter((path) => path.startsWith("dist/") && path.endsWith(".js"));
    const sources = built.map((path) => path.replace(/^dist\//, "").replace(/\.js$/, ".ts"));
    assert.deepEqual(
      sources.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  it("names no path of the machine that built it", () => {
    const home = homedir();
    const marks = [root, "/home/", "/Users/", "file://", ...(home.length > 1 ? [`${home}/`] : [])];
    for (const path of paths) {
      const text = readFileSync(join(root, path), "utf8");
      assert.deepEqual(
        marks.filter((mark) => text.includes(mark)),
        [],
        path,
      );
    }
  });

  it("stays small", () => {
    assert.ok(packed.size < MAX_PACKED_BYTES, `${packed.size} bytes`);
  });

  it("asks for few other packages, and says what it needs", () => {
    assert.ok(Object.keys(manifest.dependencies ?? {}).length <= MAX_DEPENDENCIES);
    assert.match(manifest.name, /^@[\w-]+\/node-red-/);
    assert.ok(manifest.keywords.includes("node-red"));
    assert.ok(manifest.engines.node);
    assert.equal(nodeTypes.length, 8);
  });

  it("declares each package that its code imports", () => {
    // Itself too: by its own name it finds itself.
    const declared = { [manifest.name]: "", ...manifest.dependencies, ...manifest.peerDependencies };
    const imported = paths.filter((path) => path.endsWith(".js")).flatMap(importsOf);
    assert.deepEqual(
      imported.filter((name) => !(name in declared)),
      [],
    );
  });
});
