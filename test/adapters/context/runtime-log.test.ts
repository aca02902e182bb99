import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import nodeRed from "@node-red/util";
import { warn } from "../../../src/adapters/context/runtime-log.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

type Util = typeof nodeRed;
/** What the types leave out. */
interface Listening {
  init(settings: object): void;
}

const require = createRequire(import.meta.url);

const initLog = ({ log }: Util, logging: object): void => (log as unknown as Listening).init({ logging });

describe("the context store's warnings", () => {
  let folder: TemporaryFolder;
  const heard: string[] = [];
  const listenTo = (util: Util, name: string): void => {
    const handler = () => (message: { msg: string }) => heard.push(`${name}: ${message.msg}`);
    initLog(util, { test: { level: "warn", handler } });
  };

  before(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    heard.length = 0;
    initLog(nodeRed, { none: {} });
  });
  after(() => folder.remove());

  it("come once where the palette and the runtime share one @node-red/util", () => {
    listenTo(nodeRed, "shared");
    warn("away");
    assert.deepEqual(heard, ["shared: away"]);
  });

  it("come to the runtime's log where npm gave the palette a copy of @node-red/util of its own", () => {
    const modules = folder.file("node_modules");
    const ours = dirname(require.resolve("@node-red/util"));
    mkdirSync(modules);
    cpSync(ours, join(modules, "@node-red", "util"), { recursive: true });
    // What it depends on.
    symlinkSync(join(ours, "..", ".."), join(modules, "@node-red", "util", "node_modules"), "dir");
    const path = join(modules, "@node-red", "util", "index.js");
    listenTo(require(path) as Util, "runtime");
    warn("away");
    assert.deepEqual(heard, ["runtime: away"]);
    delete require.cache[require.resolve(path)];
  });
});
