/**
 * `npm run test:e2e`: the real editor of Node-RED 5 in headless Chromium, with the palette installed from its
 * tarball. What a newcomer does with each type and each example; screenshots go to `.artifacts/e2e/`.
 * `node test/e2e/run.ts types`, `profiles`, `sidebar`, `page`, `main-job` or `oldest` (the oldest
 * Node-RED): that part only.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checks } from "../compat/checks.ts";
import {
  freshFolder,
  installPackage,
  installTarball,
  nodeTypes,
  packPalette,
  root,
  versionOf,
} from "../compat/install.ts";
import { type RedProcess, startRed } from "../compat/red-process.ts";
import { type Browser, findChromium, openBrowser } from "./browser.ts";
import * as editor from "./editor.ts";
import { checkMainJob } from "./main-job.ts";
import { checkOwnProfiles } from "./own-profiles.ts";
import { checkPlotsPage } from "./plots-page.ts";
import { checkFleet, checkWired } from "./sidebar.ts";

const CATEGORY = "session stitching";
const THEMES = ["light", "dark"] as const;
const OLDEST = "~4.1";
const BAD_NUMBER = "many";
const SIDEBAR_UPDATE_MS = 300;
/** Types without a number: the field that must not be left empty. */
const NEEDED: Readonly<Record<string, string>> = { "session-store": "path", "session-stitch": "pool" };
const shots = join(root, ".artifacts", "e2e");

interface ExampleNode {
  readonly id: string;
  readonly type: string;
}

const examples: ReadonlyMap<string, readonly ExampleNode[]> = new Map(
  readdirSync(join(root, "examples"))
    .filter((file) => file.endsWith(".json"))
    .map((file) => [
      file.replace(".json", ""),
      JSON.parse(readFileSync(join(root, "examples", file), "utf8")),
    ]),
);

function assert(claim: unknown, text: string): asserts claim {
  if (!claim) throw new Error(text);
}

const none = (found: readonly string[], what: string): void =>
  assert(found.length === 0, `${what}:\n${found.join("\n")}`);

/** Everything the checks work on. */
class Session {
  readonly red: RedProcess;
  readonly browser: Browser;

  constructor(red: RedProcess, browser: Browser) {
    this.red = red;
    this.browser = browser;
  }

  get page(): Browser["page"] {
    return this.browser.page;
  }

  /** An editor without any flow. */
  async fresh(): Promise<void> {
    await this.red.post("/flows", [], { "Node-RED-Deployment-Type": "full" });
    await editor.openEditor(this.page, this.red.url);
    this.browser.takeErrors();
  }

  /** `settleMs`: what draws with the theme's colours does so at its next update. */
  async shoot(name: string, settleMs = 0): Promise<void> {
    for (const theme of THEMES) {
      await editor.setTheme(this.page, theme);
      if (settleMs > 0) await this.page.waitForTimeout(settleMs);
      await this.page.screenshot({ path: join(shots, `${name}-${theme}.png`) });
    }
    await editor.setTheme(this.page, "light");
  }

  noErrors(): void {
    none(this.browser.takeErrors(), "the page reports errors");
  }
}

async function checkPalette(session: Session, type: string): Promise<void> {
  if (await editor.isConfigType(session.page, type)) return;
  const entry = await editor.paletteEntry(session.page, type);
  assert(entry, "it is not in the palette");
  assert(entry.label === type.replace("session-", ""), `its label is "${entry.label}"`);
  assert(entry.category === CATEGORY, `its category is "${entry.category}"`);
  assert(entry.iconUrl.endsWith(`/${type}.svg`), `its icon is "${entry.iconUrl}"`);
  const icon = await session.red.get(new URL(entry.iconUrl, session.red.url).pathname, "image/svg+xml");
  assert((await icon.text()).includes("<svg"), "its icon is no svg");
}

async function checkExample(session: Session, name: string, flow: readonly ExampleNode[]): Promise<void> {
  await session.fresh();
  await editor.importFlow(session.page, flow);
  none(await editor.invalidNodes(session.page), "not properly configured");
  await session.shoot(`example-${name}`);
  none(await editor.crowdedNodes(session.page), "too close together");
  none(await editor.deploy(session.page), "deploying notifies");
  session.noErrors();
}

/** Opens the dialog of a node of this type: by a double click, or for a config node by its edit action. */
async function openDialog(session: Session, type: string, id: string): Promise<string> {
  const isConfig = await editor.isConfigType(session.page, type);
  if (isConfig) await editor.openConfig(session.page, type, id);
  else await editor.openNode(session.page, id);
  return isConfig ? "node-config-input" : "node-input";
}

/** Id of a node of this type, in an example that has one; imported unless it is there, with no dialog open. */
async function nodeOf(session: Session, type: string): Promise<string> {
  const known = await editor.idleNode(session.page, type);
  if (known) return known;
  const [, flow] = [...examples].find(([, nodes]) => nodes.some((node) => node.type === type)) ?? [];
  assert(flow, "no example has it");
  await session.fresh();
  const id = (await editor.importFlow(session.page, flow)).get(type)?.[0];
  assert(id, "it was not imported");
  return id;
}

async function checkDialog(session: Session, type: string): Promise<void> {
  const { page } = session;
  const id = await nodeOf(session, type);
  const prefix = await openDialog(session, type, id);
  const { untranslated, cut } = await editor.dialogFlaws(page, type);
  await session.shoot(`dialog-${type}`);
  none(untranslated, "texts without translation");
  none(cut, "cut off");
  assert(await editor.helpByDialog(page, type), "its link does not show the help");
  await page.locator(`#${prefix}-name`).fill("e2e");
  await editor.saveDialog(page);
  assert((await editor.propertyOf(page, id, "name")) === "e2e", "Done did not save the name");
  none(await editor.invalidNodes(page), "not properly configured after saving");
  session.noErrors();
}

async function checkValidation(session: Session, type: string): Promise<void> {
  const { page } = session;
  const id = await nodeOf(session, type);
  const prefix = await openDialog(session, type, id);
  const fields = await editor.numericFields(page, type, prefix);
  for (const field of fields) {
    const text = await editor.complaintAbout(page, `${prefix}-${field}`, BAD_NUMBER, () =>
      field === fields[0] ? session.shoot(`invalid-${type}`) : Promise.resolve(),
    );
    assert(text.includes(BAD_NUMBER), `${field}: the message does not quote the value: "${text}"`);
  }
  if (fields.length === 0) {
    const needed = NEEDED[type];
    assert(needed, "no field of its dialog is checked");
    assert(await editor.isMarkedWhenEmpty(page, `${prefix}-${needed}`), `an empty ${needed} is not marked`);
    await session.shoot(`invalid-${type}`);
  }
  await editor.cancelDialog(page);
}

async function checkHelp(session: Session, type: string): Promise<void> {
  const text = await editor.helpText(session.page, type);
  assert(/Details/.test(text), `the help sidebar shows: ${text.slice(0, 200)}`);
  await session.shoot(`help-${type}`);
}

/** A freshly dropped node is valid as soon as its pool is chosen; the newcomer sees why it is not. */
async function checkFreshDrop(session: Session): Promise<void> {
  const { page } = session;
  await session.fresh();
  // The greeting of the first node is looked at with the sidebar; here it would be in the way.
  await page.evaluate(`localStorage.setItem("session-stitching:first-run", "1")`);
  const types: string[] = [];
  for (const type of nodeTypes) if (!(await editor.isConfigType(page, type))) types.push(type);
  for (const [i, type] of types.entries()) {
    await editor.dropFromPalette(page, type, 200 + (i % 3) * 220, 120 + Math.floor(i / 3) * 120);
  }
  await session.shoot("fresh-drop");
  const reasons = await editor.invalidNodes(page);
  none(
    reasons.filter((reason) => !/: [^,]*pool[^,]*$/i.test(reason)),
    "invalid for another reason than the pool",
  );
  session.noErrors();
}

async function checkTypes(session: Session): Promise<void> {
  await session.fresh();
  for (const type of nodeTypes) {
    await checks.check(`${type} is in the palette with label and icon`, () => checkPalette(session, type));
  }
  for (const type of nodeTypes) {
    await checks.check(`${type} shows its help`, () => checkHelp(session, type));
  }
  await checks.check("the palette page has no errors", () => session.noErrors());
  await checks.check("freshly dropped nodes ask for a pool at most", () => checkFreshDrop(session));
  for (const [name, flow] of examples) {
    await checks.check(`example ${name} imports and deploys`, () => checkExample(session, name, flow));
  }
  for (const type of nodeTypes) {
    await checks.check(`${type}: its dialog opens, is whole, saves`, () => checkDialog(session, type));
    await checks.check(`${type}: its dialog says what is wrong`, () => checkValidation(session, type));
  }
}

async function checkProfiles(session: Session): Promise<void> {
  await session.fresh();
  const { red, browser } = session;
  await checkOwnProfiles({ red, browser, checks, shoot: (name) => session.shoot(name) });
  await checks.check("own profiles: no error in the page", () => session.noErrors());
}

async function checkSide(session: Session): Promise<void> {
  const { red, browser } = session;
  const shoot = (name: string): Promise<void> => session.shoot(name, SIDEBAR_UPDATE_MS);
  const stage = { red, browser, checks, flow: examples.get("1-quick-start") ?? [], shoot };
  if (isAsked("sidebar")) {
    await checkWired(stage, "sidebar");
    await checkFleet(stage);
  }
  if (isAsked("page")) await checkPlotsPage(stage, shots);
  if (isAsked("main-job")) await checkMainJob({ browser, checks, shoot });
}

/** The oldest Node-RED that is supported, in the same user directory. */
async function checkOldest(folder: string, userDir: string, browser: Browser): Promise<void> {
  const nodeRed = installPackage(freshFolder(folder, "node-red"), "node-red", OLDEST);
  const red = await startRed({ node: process.execPath, nodeRed, userDir });
  try {
    const session = new Session(red, browser);
    const shoot = (name: string): Promise<void> => session.shoot(`4.1-${name}`, SIDEBAR_UPDATE_MS);
    const stage = { red, browser, checks, flow: examples.get("1-quick-start") ?? [], shoot };
    await checkWired(stage, `Node-RED ${versionOf(nodeRed)}`);
  } finally {
    await red.stop();
  }
}

const checks = new Checks();

const isAsked = (part: string): boolean => process.argv.length < 3 || process.argv.includes(part);

async function main(executable: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-"));
  rmSync(shots, { recursive: true, force: true });
  mkdirSync(shots, { recursive: true });
  let red: RedProcess | undefined;
  let browser: Browser | undefined;
  try {
    const userDir = freshFolder(folder, "user");
    installTarball(userDir, packPalette(folder));
    red = await startRed({
      node: process.execPath,
      nodeRed: join(root, "node_modules", "node-red"),
      userDir,
    });
    browser = await openBrowser(executable, folder);
    const session = new Session(red, browser);
    if (isAsked("types")) await checkTypes(session);
    if (isAsked("profiles")) await checkProfiles(session);
    await checkSide(session);
    await browser.page.goto("about:blank");
    await red.stop();
    browser.takeErrors();
    if (isAsked("oldest")) await checkOldest(folder, userDir, browser);
  } catch (error) {
    await checks.check("preparation", () => {
      throw error;
    });
  } finally {
    await browser?.close();
    await red?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const executable = findChromium();
const { CI } = process.env;
if (executable) {
  await main(executable);
  checks.sumUp();
} else if (CI) {
  await checks.check("Chromium is installed", () => {
    throw new Error("no Chromium found: install it, or set CHROMIUM to its path");
  });
  checks.sumUp();
} else {
  console.log("SKIPPED: no Chromium found, nothing was checked. Install it, or set CHROMIUM to its path.");
}
