import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionProfile } from "../../src/core/forecast/session-profile.ts";
import { readExample } from "../../src/demo/flows.ts";
import { requireBuilt, root } from "../build/built-palette.ts";
import { eventually } from "../compat/checks.ts";
import { type RedProcess, startRed } from "../compat/red-process.ts";
import { userDirWithPalette } from "../support/linked-palette.ts";

interface Plots {
  readonly now: number;
  readonly events: readonly { readonly kind: string }[];
  readonly sessions: readonly {
    readonly id: string;
    readonly past: readonly (readonly [number, number])[];
    readonly profile: SessionProfile;
    readonly marks: readonly number[];
  }[];
}

const example = readExample("5-plots-page");

describe("example 5, plots page", function () {
  this.timeout(60_000);
  let folder: string;
  let red: RedProcess;
  const plots = async (): Promise<Plots> => (await (await red.get("/stitching-plots/data")).json()) as Plots;

  // Its own process: the test helper serves no http nodes.
  before(async function () {
    requireBuilt(this);
    folder = mkdtempSync(join(tmpdir(), "plots-"));
    const nodeRed = join(root, "node_modules", "node-red");
    red = await startRed({ node: process.execPath, nodeRed, userDir: userDirWithPalette(folder) });
    await red.post("/flows", example, { "Node-RED-Deployment-Type": "full" });
  });
  after(async () => {
    await red?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("is built of core nodes and this palette's only", () => {
    const core = ["tab", "comment", "inject", "function", "debug", "http in", "http response", "template"];
    const foreign = example.filter(({ type }) => !type.startsWith("session-") && !core.includes(type));
    assert.deepEqual(foreign, []);
  });

  it("serves a page that loads nothing from elsewhere", async () => {
    const response = await eventually("the page", 10_000, () => red.get("/stitching-plots", "text/html"));
    assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
    const page = await response.text();
    // The namespace of SVG is a name, not an address.
    const addresses = page.replace("http://www.w3.org/2000/svg", "").match(/(?:https?:)?\/\/[\w.-]+\.\w+/g);
    assert.deepEqual(addresses, null);
    assert.doesNotMatch(page, /<script[^>]*src|<link[^>]*stylesheet|@import|innerHTML/);
  });

  it("answers with what was measured and what is forecast, as the second outputs told it", async () => {
    const isWhole = ({ sessions }: Plots): boolean => sessions.length > 0 && sessions.every(isPlottable);
    const isPlottable = ({ past, profile }: Plots["sessions"][number]): boolean =>
      past.length > 2 && profile.messages.median.length === profile.horizon;
    const { now, sessions } = await eventually("sessions to plot", 30_000, async () => {
      const found = await plots();
      return isWhole(found) ? found : undefined;
    });
    assert.ok(sessions.length <= 6);
    for (const { id, past, profile } of sessions) {
      assert.equal(profile.sessionId, id);
      // One value a second, without a gap, up to the last whole second.
      for (const [i, [at]] of past.entries()) assert.equal(at, (past[0]?.[0] ?? 0) + i * 1000);
      assert.ok(now - (past.at(-1)?.[0] ?? 0) < 2000);
    }
    assert.doesNotMatch(red.log(), /\[error\]/);
  });
});
