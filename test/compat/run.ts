/**
 * `npm run test:compat`: the packed tarball, installed by npm beside each Node-RED it supports, on the Node it
 * supports. What a user does: install, start, see the nodes, import an example, see messages pass.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checks, eventually } from "./checks.ts";
import {
  freshFolder,
  installPackage,
  installTarball,
  nodeTypes,
  packageName,
  packPalette,
  root,
  versionOf,
} from "./install.ts";
import { type RedProcess, startRed } from "./red-process.ts";
import { checkAtomicUpdates, checkStitchedState, SESSIONS_STORE } from "./stitched-state.ts";
import { type FlowNode, messagesOf, type Tap, tapped } from "./taps.ts";

/** Newest of each line that the package claims to support. */
const NODE_RED_RANGES = ["4.1", "5"];
/** The oldest Node the package claims to support. */
const OLDEST_NODE = "22.13";
const FLOW_TIMEOUT_MS = 60_000;
const GATEWAY_TYPES = ["session-profile", "session-forecast", "session-stitch", "session-route"];

const checks = new Checks();
const folder = mkdtempSync(join(tmpdir(), "compat-"));

interface NodeSet {
  readonly id: string;
  readonly types: readonly string[];
  readonly enabled: boolean;
  readonly err?: unknown;
}

function example(number: number): FlowNode[] {
  const file = readdirSync(join(root, "examples")).find((name) => name.startsWith(`${number}`));
  if (!file) throw new Error(`no example ${number}`);
  return JSON.parse(readFileSync(join(root, "examples", file), "utf8")) as FlowNode[];
}

async function checkRegistered(red: RedProcess): Promise<void> {
  const sets = (await (await red.get("/nodes")).json()) as NodeSet[];
  const ours = sets.filter(({ id }) => id.startsWith(`${packageName}/`));
  for (const { id, enabled, err } of ours) {
    if (!enabled || err) throw new Error(`${id}: enabled ${enabled}, ${JSON.stringify(err)}`);
  }
  const types = ours.flatMap((set) => set.types);
  const missing = nodeTypes.filter((type) => !types.includes(type));
  if (missing.length > 0) throw new Error(`not registered: ${missing.join(", ")}\n${red.log().slice(-2000)}`);
}

async function checkServed(red: RedProcess): Promise<void> {
  const html = await (await red.get("/nodes", "text/html")).text();
  const locales = (await (await red.get("/nodes/messages?lng=en-US")).json()) as Record<string, object>;
  for (const type of nodeTypes) {
    if (!html.includes(`registerType("${type}"`)) throw new Error(`no dialog of ${type} in /nodes`);
    if (!html.includes(`data-help-name="${type}"`)) throw new Error(`no help of ${type} in /nodes`);
    if (!(type in (locales[`${packageName}/${type}`] ?? {}))) throw new Error(`no locale of ${type}`);
  }
  await checkIcons(
    red,
    nodeTypes.map((type) => `${type}.svg`).filter((file) => html.includes(`icon: "${file}"`)),
  );
}

async function checkIcons(red: RedProcess, files: readonly string[]): Promise<void> {
  const icons = (await (await red.get("/icons")).json()) as Record<string, readonly string[]>;
  for (const file of files) {
    if (!icons[packageName]?.includes(file)) throw new Error(`no ${file} in /icons`);
    const icon = await (await red.get(`/icons/${packageName}/${file}`, "image/svg+xml")).text();
    if (!icon.includes("<svg")) throw new Error(`${file} is no svg`);
  }
}

/** Deploys an example with a tap on each wired output of the given types. */
async function deploy(red: RedProcess, number: number, types: readonly string[]): Promise<readonly Tap[]> {
  const { flow, taps } = tapped(example(number), mkdtempSync(join(folder, "taps-")), types);
  if (taps.length === 0) throw new Error(`example ${number} has no wired output of ${types.join(", ")}`);
  await red.post("/flows", flow, { "Node-RED-Deployment-Type": "full" });
  return taps;
}

/** The route's last output is for what no host took, the stitch's second for plan events: both may stay silent. */
function mustCarry({ node, output }: Tap): boolean {
  const last = (node.wires?.length ?? 0) - 1;
  if (node.type === "session-route") return output < last;
  return output === 0;
}

async function checkMessagesPass(red: RedProcess): Promise<void> {
  const taps = (await deploy(red, 1, GATEWAY_TYPES)).filter(mustCarry);
  const hosts = taps.filter(({ node }) => node.type === "session-route").length;
  if (hosts !== 3) throw new Error(`example 1 wires ${hosts} hosts, not 3`);
  for (const tap of taps) {
    await eventually(`a message from ${tap.node.type}, output ${tap.output + 1}`, FLOW_TIMEOUT_MS, () =>
      messagesOf(tap).some((message) => "payload" in message),
    );
  }
}

const isCurve = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((point) => Number.isFinite(point));

/** A forecast, wherever in the message: arrays of finite numbers named median, lower and upper. */
function hasForecast(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  const { median, lower, upper } = value as Record<string, unknown>;
  return [median, lower, upper].every(isCurve) || Object.values(value).some(hasForecast);
}

async function checkForecasts(red: RedProcess): Promise<void> {
  const taps = await deploy(red, 4, ["session-forecast"]);
  await eventually("a forecast with its interval", FLOW_TIMEOUT_MS, () =>
    taps.some((tap) => messagesOf(tap).some(hasForecast)),
  );
}

function checkLog(red: RedProcess): void {
  const errors = red
    .log()
    .split("\n")
    .filter((line) => /\[error\]|uncaught|unhandled/i.test(line));
  if (errors.length > 0) throw new Error(errors.slice(0, 10).join("\n"));
}

/** A store with something to tell, that its file was damaged, and the one of the stitched sessions. */
const STORES = `
  const { join } = require("node:path");
  const path = join(__dirname, "damaged.sqlite");
  require("node:fs").writeFileSync(path, "damaged".repeat(1000));
  const createStore = require(${JSON.stringify(`${packageName}/store`)});
  settings.contextStorage = {
    default: { module: "memory" },
    shared: { module: createStore, config: { path } },
    sessions: ${SESSIONS_STORE},
  };
`;

function checkStoreTold(red: RedProcess): void {
  if (!/\[warn\].*damaged\.sqlite" is damaged: kept as/.test(red.log()))
    throw new Error(`nothing is told of the damaged file:\n${red.log().slice(-2000)}`);
}

async function checkRuntime(node: string, nodeRed: string, tarball: string): Promise<void> {
  const userDir = freshFolder(folder, "user");
  let red: RedProcess | undefined;
  await checks.check("installs and starts", async () => {
    installTarball(userDir, tarball);
    red = await startRed({ node, nodeRed, userDir, code: STORES });
  });
  const running = red;
  if (!running) return;
  await checks.check("every type is registered and enabled", () => checkRegistered(running));
  await checks.check("the context store's warnings are in the log", () => checkStoreTold(running));
  await checks.check("dialog, help, locale and icon of every type are served", () => checkServed(running));
  await checks.check("example 1: messages pass through every wired output", () => checkMessagesPass(running));
  await checks.check("example 4: a number is forecast", () => checkForecasts(running));
  await checks.check("examples 2 and 3: any function node reads a session's state", () =>
    checkStitchedState(running, [...example(2), ...example(3)]),
  );
  await checks.check("a function node increments, and compares and sets", () => checkAtomicUpdates(running));
  await checks.check("nothing is logged as an error", () => checkLog(running));
  await checks.check("it ends when it is told to", () => running.stop());
}

/** The oldest Node, from its npm package; where the platform has none, that row is left out, loudly. */
function oldestNode(): string | undefined {
  try {
    const name = `node-${process.platform}-${process.arch}`;
    return join(installPackage(freshFolder(folder, "node"), name, OLDEST_NODE), "bin", "node");
  } catch (error) {
    console.log(
      `NOT CHECKED on Node ${OLDEST_NODE}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

try {
  const tarball = packPalette(folder);
  const oldest = oldestNode();
  for (const range of NODE_RED_RANGES) {
    const nodeRed = installPackage(freshFolder(folder, "node-red"), "node-red", range);
    for (const node of [process.execPath, oldest]) {
      if (!node) continue;
      const version = node === process.execPath ? process.version : `v${OLDEST_NODE}`;
      console.log(`\nNode-RED ${versionOf(nodeRed)} on Node ${version}`);
      await checkRuntime(node, nodeRed, tarball);
    }
  }
} catch (error) {
  await checks.check("preparation", () => {
    throw error;
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
  checks.sumUp();
}
