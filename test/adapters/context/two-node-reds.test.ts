import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { requireBuilt, root } from "../../build/built-palette.ts";
import { eventually } from "../../compat/checks.ts";
import { type RedProcess, startRed } from "../../compat/red-process.ts";
import { userDirWithPalette } from "../../support/linked-palette.ts";
import {
  aedesBroker,
  hasMosquitto,
  type MirrorBroker,
  mosquittoBroker,
} from "../../support/mirror-broker.ts";
import { hasNats, NatsCluster } from "../../support/nats-cluster.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const SEEN_MS = 20_000;
const STORE = join(root, "dist", "src", "adapters", "context", "index.js");

/** `GET /run?do=<code>` runs in a function node, with the shared store as `s`; answers JSON. */
const FLOW = [
  { id: "tab", type: "tab", label: "shared" },
  { id: "in", z: "tab", type: "http in", url: "/run", method: "get", x: 0, y: 0, wires: [["run"]] },
  {
    id: "run",
    z: "tab",
    type: "function",
    x: 0,
    y: 0,
    outputs: 1,
    func: `
      const get = (key) => global.get(key, "shared") ?? null;
      const set = (key, value) => new Promise((done) => global.set(key, value, "shared", done));
      const atomic = global.get("$atomic", "shared");
      const [what, key, value] = JSON.parse(msg.req.query.do);
      if (what === "set") await set(key, value);
      if (what === "add") await Promise.all(Array.from({ length: value }, () => atomic.increment(key)));
      msg.payload = { value: get(key) };
      return msg;`,
    wires: [["out"]],
  },
  { id: "out", z: "tab", type: "http response", x: 0, y: 0, wires: [] },
];

interface Sharing {
  /** Of `config` in settings.js. */
  readonly config: object;
  /** Both run on one machine. */
  readonly isOneMachine: boolean;
  /** Increments hold over all of them. */
  readonly isAtomic: boolean;
  stop(): Promise<void>;
}

function itIsOneState(start: (context: Mocha.Context) => Promise<Sharing>): void {
  let folder: TemporaryFolder;
  let sharing: Sharing | undefined;
  const reds = new Map<string, RedProcess>();

  before(async function () {
    this.timeout(120_000);
    requireBuilt(this);
    folder = temporaryFolder();
    sharing = await start(this);
    for (const name of ["a", "b"]) {
      mkdirSync(folder.file(name));
      userDirWithPalette(folder.file(name));
      reds.set(name, await startOne(name));
      await reds.get(name)?.post("/flows", FLOW);
    }
  });
  after(async () => {
    await Promise.all([...reds.values()].map((red) => red.stop()));
    await sharing?.stop();
    folder?.remove();
  });

  function startOne(name: string): Promise<RedProcess> {
    const { isOneMachine, config } = sharing as Sharing;
    const dir = isOneMachine ? folder.path : folder.file(name);
    const shared = { ...config, dir, instance: name };
    const code = `settings.contextStorage = {
      default: { module: "memory" },
      shared: { module: require(${JSON.stringify(STORE)}), config: ${JSON.stringify(shared)} },
    };`;
    const nodeRed = join(root, "node_modules", "node-red");
    return startRed({ node: process.execPath, nodeRed, userDir: folder.file(name), code });
  }
  async function run(name: string, ...order: unknown[]): Promise<unknown> {
    const red = reds.get(name) as RedProcess;
    const query = encodeURIComponent(JSON.stringify(order));
    // A flow that was just deployed has no route for a moment.
    const response = await eventually(`${name} answers`, SEEN_MS, () =>
      red.get(`/run?do=${query}`).catch(() => undefined),
    );
    return ((await response.json()) as { value: unknown }).value;
  }
  const sees = (name: string, key: string, value: unknown): Promise<unknown> =>
    eventually(`${name} sees ${key}`, SEEN_MS, async () => {
      const seen = await run(name, "get", key);
      return JSON.stringify(seen) === JSON.stringify(value) || undefined;
    });

  it("shows to one what the other sets, both ways", async function () {
    this.timeout(60_000);
    await run("a", "set", "mode", { by: "a", list: [1] });
    await sees("b", "mode", { by: "a", list: [1] });
    await run("b", "set", "mode.by", "b");
    await sees("a", "mode", { by: "b", list: [1] });
  });

  it("counts what both count at once", async function () {
    this.timeout(60_000);
    if (!sharing?.isAtomic) this.skip();
    await Promise.all([run("a", "add", "n", 25), run("b", "add", "n", 25)]);
    await sees("a", "n", 50);
    await sees("b", "n", 50);
  });

  it("goes on in one when the other is killed, and is whole in that when it is back", async function () {
    this.timeout(120_000);
    await run("a", "set", "last", "of a");
    await reds.get("a")?.kill();
    await sees("b", "last", "of a");
    await run("b", "set", "meanwhile", 1);
    reds.set("a", await startOne("a"));
    await sees("a", "meanwhile", 1);
    await sees("a", "last", "of a");
  });
}

describe("two Node-REDs, one state", () => {
  describe("on one machine, in a SQLite file", () =>
    itIsOneState(async () => ({
      config: { engine: "sqlite" },
      isOneMachine: true,
      isAtomic: true,
      stop: async () => undefined,
    })));

  describe("mirrored over MQTT", () =>
    itIsOneState(async () => {
      const broker: MirrorBroker = await (hasMosquitto() ? mosquittoBroker() : aedesBroker());
      return {
        config: { engine: "mqtt", broker: broker.url },
        isOneMachine: false,
        isAtomic: false,
        stop: () => broker.stop(),
      };
    }));

  describe("in a cluster of 3 nats-servers", () =>
    itIsOneState(async (context) => {
      if (!(await hasNats())) context.skip();
      const cluster = new NatsCluster(3);
      await cluster.start();
      return {
        config: { engine: "nats", servers: cluster.servers.join(","), replicas: 3 },
        isOneMachine: false,
        isAtomic: true,
        stop: () => cluster.stop(),
      };
    }));
});
