import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";

const isThere = (path: string): boolean =>
  existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));

describe("the main job", function () {
  this.timeout(90_000);

  before(function () {
    // Runs what `npm run build` made; `npm test` builds first.
    const needed = [
      "dist/nodes/session-stitch.js",
      "dist/nodes/session-receive.js",
      "examples/2-mqtt-gateway.json",
    ];
    if (!needed.every(isThere)) this.skip();
  });

  it("loses, doubles and reorders nothing although a host is killed", async () => {
    const options = parseOptions(["--headless", "--for", "15", "--kill", "host-2@6"]);
    const lines: string[] = [];
    const { signal } = new AbortController();
    const { report, isKept } = await runDemo({ options, print: (line) => lines.push(line), signal });
    const said = `${lines.join("\n")}\n${JSON.stringify(report)}`;
    assert.equal(isKept, true, said);
    assert.ok(report.sent > 200 && report.committed === report.sent, said);
    assert.ok(report.failovers >= 1, said);
    // DESIGN.md: detection within 2 s, 100 ms for the rest.
    assert.ok((report.failoverMs ?? Number.POSITIVE_INFINITY) <= 2100, said);
  });
});
