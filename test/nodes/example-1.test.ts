import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { Node } from "node-red";
import helper from "node-red-node-test-helper";
import { readExample } from "../../src/demo/flows.ts";
import { coreTypes, ownTypes } from "../support/gateway-types.ts";

const require = createRequire(import.meta.url);
helper.init(require.resolve("node-red"));

type Message = Record<string, unknown>;
type Spied = Node & { error: { args: unknown[][] } };

const example = readExample("1-quick-start");
const nodeOf = (type: string): Spied => {
  const { id } = example.find((node) => node.type === type) ?? assert.fail(`no ${type}`);
  return helper.getNode(id) as Spied;
};
const hosts = example.filter(({ type, name }) => type === "function" && name?.startsWith("host-"));

describe("example 1, quick start", function () {
  this.timeout(60_000);
  let errors: string[];

  before(async function () {
    const own = await ownTypes(
      "session-pool",
      "session-profile",
      "session-forecast",
      "session-stitch",
      "session-route",
    );
    if (!own) return this.skip();
    const core = coreTypes(
      "common/20-inject.js",
      "common/21-debug.js",
      "common/60-link.js",
      "common/90-comment.js",
      "function/10-function.js",
    );
    await new Promise<void>((started) => helper.startServer(() => started()));
    await helper.load([...core, ...own] as never, example as never);
    errors = example.flatMap(({ id }) => {
      const node = helper.getNode(id) as Spied | null;
      return node?.error?.args?.map(([error]) => String(error)) ?? [];
    });
  });
  after(async () => {
    await helper.unload();
    await new Promise<void>((stopped) => helper.stopServer(() => stopped()));
  });

  it("has three hosts, each at an output of the route", () => {
    const route = example.find(({ type }) => type === "session-route");
    assert.deepEqual(
      route?.wires?.slice(0, 3),
      hosts.map(({ id }) => [id]),
    );
  });

  it("starts without an error", () => assert.deepEqual(errors, []));

  it("sends stitched messages to every host, and each tells how long it took", async () => {
    const reached = new Set<string>();
    const told = new Set<string>();
    const isWhole = new Promise<void>((resolve) => {
      const look = (): void => {
        if (reached.size === 3 && told.size === 3) resolve();
      };
      for (const { id, name = "" } of hosts)
        helper.getNode(id).on("input", (msg) => {
          const { stitch, payload } = msg as unknown as Message;
          assert.ok(payload !== undefined && stitch !== undefined);
          reached.add(name);
          look();
        });
      nodeOf("session-route").on("input", (msg) => {
        const { feedback } = msg as unknown as { feedback?: { host: string; latencyMs: number } };
        if (feedback && feedback.latencyMs > 0) told.add(feedback.host);
        look();
      });
    });
    await isWhole;
    assert.deepEqual([...told].toSorted(), ["host-1", "host-2", "host-3"]);
    for (const type of ["session-profile", "session-forecast", "session-stitch", "session-route"])
      assert.deepEqual(nodeOf(type).error.args, []);
  });
});
