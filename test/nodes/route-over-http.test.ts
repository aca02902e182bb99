import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RouteStatus } from "../../src/adapters/pool/delivery.ts";
import type { WeightMove } from "../../src/core/route/weight-log.ts";
import { requireBuilt, root } from "../build/built-palette.ts";
import { eventually } from "../compat/checks.ts";
import { type RedProcess, startRed } from "../compat/red-process.ts";
import { userDirWithPalette } from "../support/linked-palette.ts";
import { SlowServer } from "../support/slow-servers.ts";

const HOSTS = ["host-1", "host-2", "host-3"];
/** Balancing and ejecting take minutes: the clock of the route can be put forward. */
const CLOCK =
  "let ahead = 0; const now = performance.now.bind(performance); performance.now = () => now() + ahead;" +
  "settings.functionGlobalContext = { putForward: (ms) => { ahead += ms; } };";
const FEEDBACK =
  "const { host, sentAt, statusCode } = msg;" +
  "const error = typeof statusCode !== 'number' || statusCode >= 400;" +
  "return { feedback: { host, latencyMs: Date.now() - sentAt, error } };";

type FlowNode = Readonly<Record<string, unknown>>;
const z = "tab";
const call = (id: string, func: string, wires: string[][]): FlowNode => ({
  id,
  type: "function",
  z,
  func,
  outputs: 1,
  timeout: 0,
  noerr: 0,
  initialize: "",
  finalize: "",
  libs: [],
  wires,
});

/** An output's way to its host and back. */
function hostNodes(host: string, url: string): FlowNode[] {
  const request = { method: "GET", ret: "txt", paytoqs: "ignore", tls: "", persist: false, proxy: "" };
  return [
    call(`mark ${host}`, `msg.host = "${host}"; msg.sentAt = Date.now(); return msg;`, [[`ask ${host}`]]),
    { id: `ask ${host}`, type: "http request", z, url, ...request, senderr: false, wires: [["feedback"]] },
  ];
}

/** Asked by the test: `func` makes the answer. */
const page = (name: string, method: string, func: string, wires: string[][] = []): FlowNode[] => [
  { id: `in ${name}`, type: "http in", z, url: `/${name}`, method, wires: [[`do ${name}`]] },
  call(`do ${name}`, func, [["answer"], ...wires]),
];

function flowOf(urls: readonly string[]): FlowNode[] {
  return [
    { id: z, type: "tab", label: "route over http" },
    {
      id: "clock",
      type: "inject",
      z,
      props: [{ p: "payload" }],
      payload: "",
      payloadType: "date",
      repeat: "0.02",
      once: true,
      wires: [["route"]],
    },
    {
      id: "route",
      type: "session-route",
      z,
      pool: "",
      delivery: "wire",
      hosts: HOSTS,
      outputs: 4,
      balance: "auto",
      bufferBytes: "16777216",
      wires: [...HOSTS.map((host) => [`mark ${host}`]), []],
    },
    ...HOSTS.flatMap((host, i) => hostNodes(host, urls[i] as string)),
    call("feedback", FEEDBACK, [["route"]]),
    { id: "told", type: "status", z, scope: ["route"], wires: [["keep"]] },
    call("keep", 'flow.set("status", msg.status);', [[]]),
    { id: "caught", type: "catch", z, scope: ["route"], uncaught: false, wires: [["note"]] },
    call("note", 'flow.set("error", msg.error.message);', [[]]),
    ...page("status", "get", 'msg.payload = flow.get("status"); return msg;'),
    ...page("error", "get", 'msg.payload = { error: flow.get("error") }; return msg;'),
    ...page("clock", "post", 'global.get("putForward")(msg.payload.ms); msg.payload = {}; return msg;'),
    {
      ...call("do bad", "return [msg, { feedback: msg.payload.feedback }];", [["answer"], ["route"]]),
      outputs: 2,
    },
    { id: "in bad", type: "http in", z, url: "/bad", method: "post", wires: [["do bad"]] },
    { id: "answer", type: "http response", z, statusCode: "200", headers: {}, wires: [] },
  ];
}

describe("session-route with http request nodes as hosts", function () {
  this.timeout(120_000);
  let folder: string;
  let red: RedProcess;
  let servers: SlowServer[] = [];
  const server = (host: string): SlowServer => servers[HOSTS.indexOf(host)] ?? assert.fail(host);

  const status = async (): Promise<RouteStatus> => (await (await red.get("/status")).json()) as RouteStatus;
  const weight = (of: RouteStatus, host: string): number => of.weights?.[host] ?? Number.NaN;
  const putForward = (ms: number): Promise<Response> => red.post("/clock", { ms });
  const until = (what: string, is: (status: RouteStatus) => boolean): Promise<RouteStatus> =>
    eventually(what, 30_000, async () => {
      const shown = await status();
      return is(shown) ? shown : undefined;
    });
  const lastMove = ({ moves = [] }: RouteStatus, host: string): WeightMove =>
    moves.findLast((move) => move.host === host) ?? assert.fail(`no move of ${host}`);
  const isLevel = (shown: RouteStatus): boolean =>
    HOSTS.every((host) => weight(shown, host) > 0.2 && weight(shown, host) < 0.5);

  before(async function () {
    requireBuilt(this);
    folder = mkdtempSync(join(tmpdir(), "route-http-"));
    servers = await Promise.all(HOSTS.map(() => SlowServer.start()));
    for (const each of servers) each.delayMs = 10;
    const nodeRed = join(root, "node_modules", "node-red");
    const userDir = userDirWithPalette(folder);
    red = await startRed({ node: process.execPath, nodeRed, userDir, code: CLOCK });
    await red.post("/flows", flowOf(servers.map(({ url }) => url)), {
      "Node-RED-Deployment-Type": "full",
    });
  });
  after(async () => {
    await red?.stop();
    await Promise.all(servers.map((each) => each.stop()));
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("spreads evenly over hosts that are alike", async () => {
    const shown = await until("even weights", (it) => isLevel(it) && servers.every(({ asked }) => asked > 5));
    assert.match(String(shown.text), /^\d+\/\d+\/\d+ %$/);
  });

  it("moves away from a host that has become slow, and says why", async () => {
    server("host-2").delayMs = 250;
    const shown = await until("host-2 at less than 15 %", (it) => weight(it, "host-2") < 0.15);
    const move = lastMove(shown, "host-2");
    assert.ok(move.from > move.to, JSON.stringify(move));
    assert.match(move.reason, /^latency \d+ ms$/);
    const sum = HOSTS.reduce((total, host) => total + weight(shown, host), 0);
    assert.ok(Math.abs(sum - 1) < 0.02, `${sum}`);
  });

  it("comes back to it when it is as fast as the others again", async () => {
    const host = server("host-2");
    host.delayMs = 10;
    // What was under way is still slow.
    const before = host.asked;
    await eventually("new requests", 30_000, () => host.asked > before + 2);
    await putForward(60_000);
    const shown = await until("even weights", isLevel);
    const move = lastMove(shown, "host-2");
    assert.ok(move.to > move.from, JSON.stringify(move));
  });

  it("ejects a host that answers with errors: it gets nothing more", async () => {
    server("host-3").statusCode = 503;
    const shown = await until("host-3 at 0", (it) => weight(it, "host-3") === 0);
    assert.match(lastMove(shown, "host-3").reason, /^errors in a row$/);
    assert.equal(shown.fill, "yellow");
    const asked = server("host-3").asked;
    const others = server("host-1").asked + server("host-2").asked;
    await eventually(
      "fifty more",
      20_000,
      () => server("host-1").asked + server("host-2").asked > others + 50,
    );
    assert.ok(server("host-3").asked <= asked + 1, "one may have been under way");
  });

  it("gives it a small share after the ejection, which grows to all of it", async () => {
    server("host-3").statusCode = 200;
    await putForward(31_000);
    // A weight below the least move is shown before the table tells of it.
    const shown = await until("a move of host-3 from 0", (it) => lastMove(it, "host-3").to > 0);
    assert.ok(weight(shown, "host-3") < 0.2, `${weight(shown, "host-3")}`);
    assert.equal(lastMove(shown, "host-3").reason, "slow start");
    await putForward(60_000);
    await until("even weights", isLevel);
  });

  it("ejects a host whose port is closed, by the request's own error", async () => {
    await server("host-1").stop();
    const shown = await until("host-1 at 0", (it) => weight(it, "host-1") === 0);
    assert.equal(lastMove(shown, "host-1").reason, "errors in a row");
  });

  for (const [feedback, message] of [
    [7, /msg\.feedback must be \{ host, latencyMs, error \}, got 7/],
    [
      { host: "host-9", latencyMs: 1 },
      /host must be one of this node's \(host-1, host-2, host-3\), got "host-9"/,
    ],
    [{ host: "host-2", latencyMs: "12 ms" }, /latencyMs must be a number of ms >= 0, got "12 ms"/],
    [{ latencyMs: 3 }, /host must be a host's name/],
  ] as const)
    it(`tells a Catch node what is wrong with ${JSON.stringify(feedback)}, and goes on`, async () => {
      await red.post("/bad", { feedback });
      await eventually("the error", 10_000, async () => {
        const { error = "" } = (await (await red.get("/error")).json()) as { error?: string };
        return message.test(error);
      });
      const before = server("host-2").asked;
      await eventually("more messages", 10_000, () => server("host-2").asked > before);
    });

  it("keeps the table of moves bounded", async () => {
    const { moves = [] } = await status();
    assert.ok(moves.length > 3 && moves.length <= 10, `${moves.length}`);
    for (const { from, to, sinceMs, atMs } of moves) {
      assert.ok(from >= 0 && from <= 1 && to >= 0 && to <= 1);
      assert.ok(atMs >= sinceMs);
    }
  });
});
