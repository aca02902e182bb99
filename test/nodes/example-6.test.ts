import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExample } from "../../src/demo/flows.ts";
import { requireBuilt, root } from "../build/built-palette.ts";
import { eventually } from "../compat/checks.ts";
import { type RedProcess, startRed } from "../compat/red-process.ts";
import { userDirWithPalette } from "../support/linked-palette.ts";
import { SlowServer } from "../support/slow-servers.ts";

interface Scaled {
  readonly replicas: number;
  /** What the autoscaler took last. */
  readonly taken?: number;
  readonly order?: {
    readonly pool: string;
    readonly replicas: number;
    readonly by: string;
    readonly reason: string;
  };
}

const example = readExample("6-autoscaler");

/** The example as imported, its tab's environment set. */
const withUrl = (url: string): unknown[] =>
  example.map((node) =>
    node.type === "tab" ? { ...node, env: [{ name: "AUTOSCALER_URL", value: url, type: "str" }] } : node,
  );

describe("example 6, autoscaler", function () {
  this.timeout(120_000);
  let folder: string;
  let red: RedProcess;
  let down: SlowServer;
  const scaled = async (): Promise<Scaled> => (await (await red.get("/autoscaler")).json()) as Scaled;
  const deploy = (url: string): Promise<Response> =>
    red.post("/flows", withUrl(url), { "Node-RED-Deployment-Type": "full" });

  before(async function () {
    requireBuilt(this);
    folder = mkdtempSync(join(tmpdir(), "autoscaler-"));
    down = await SlowServer.start();
    const nodeRed = join(root, "node_modules", "node-red");
    red = await startRed({ node: process.execPath, nodeRed, userDir: userDirWithPalette(folder) });
  });
  after(async () => {
    await red?.stop();
    await down?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("is built of core nodes and this palette's only", () => {
    const core = ["tab", "comment", "inject", "function", "debug", "switch", "http in", "http request"];
    const known = [...core, "http response"];
    const foreign = example.filter(({ type }) => !type.startsWith("session-") && !known.includes(type));
    assert.deepEqual(foreign, []);
  });

  it("asks for the hosts that the stitch node advises, before they are needed", async () => {
    await deploy(`${red.url}/autoscaler`);
    const { replicas, order } = await eventually("more than two hosts", 60_000, async () => {
      const now = await scaled();
      return now.replicas > 2 ? now : undefined;
    });
    assert.equal(order?.pool, "pool to scale");
    assert.ok(Number.isInteger(replicas) && replicas <= 10);
    assert.ok(Number.isFinite(Date.parse(order?.by ?? "")));
    assert.match(order?.reason ?? "", /^peak \d+ msg\/s at \+\d+ s, 2 hosts carry 34 below 0\.85$/);
    assert.doesNotMatch(red.log(), /\[error\]/);
  });

  it("asks again where the autoscaler did not take it", async () => {
    down.statusCode = 503;
    // A flow's context outlives its next deploy.
    await red.post("/flows", [], { "Node-RED-Deployment-Type": "full" });
    await deploy(down.url);
    await eventually("a second request", 60_000, () => down.asked >= 2);
    assert.equal((await scaled()).taken, undefined);
    down.statusCode = 200;
    await eventually("the latest order is taken", 30_000, async () => {
      const { taken, order } = await scaled();
      return taken !== undefined && taken === order?.replicas;
    });
  });

  for (const replicas of [0, 1.5, "3", undefined])
    it(`refuses ${JSON.stringify(replicas)} replicas in the stand-in autoscaler`, async () => {
      const response = await fetch(`${red.url}/autoscaler`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ replicas }),
      });
      assert.equal(response.status, 400);
      assert.match(await response.text(), /replicas must be a whole number from 1 to 100/);
    });
});
