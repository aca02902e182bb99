/** A user's own device profiles in the profile node's dialog: written, refused, exported, imported, removed, used. */
import { readFileSync } from "node:fs";
import { eventually } from "../compat/checks.ts";
import * as editor from "./editor.ts";
import { ask, assert, type SidebarStage } from "./sidebar-page.ts";

const ID = "own-profiles-node";
const FLOW = [
  { id: "own-profiles-tab", type: "tab", label: "own profiles" },
  {
    id: ID,
    z: "own-profiles-tab",
    type: "session-profile",
    pool: "",
    sessionId: "topic",
    sessionIdType: "msg",
    slotKey: "",
    slotKeyType: "none",
    slots: "16",
    deviceProfile: "",
    windowMs: "60000",
    x: 300,
    y: 100,
    wires: [[], []],
  },
];
const COMPLAINT = "#session-profile-complaint";
const JSON_TEXT = "#session-profile-json";
/** Fields with a choice of values. */
const SELECTS = ["kind", "pattern", "loss", "order"];
const MANY = 500;

interface Profile {
  readonly name: string;
  readonly bytes: number;
  readonly match: object;
  readonly rhythm: object;
}

class Dialog {
  readonly #page: SidebarStage["browser"]["page"];
  /** Importing may give the node another id. */
  id = ID;

  constructor({ browser }: SidebarStage) {
    this.#page = browser.page;
  }

  /** Also after a check that failed in it. */
  async open(): Promise<void> {
    if ((await this.#page.locator(".red-ui-tray").count()) > 0) await editor.cancelDialog(this.#page);
    await editor.openNode(this.#page, this.id);
  }

  async add(): Promise<void> {
    await this.#page
      .locator("#node-input-profiles-list")
      .locator("xpath=ancestor::div[1]/..")
      .locator(".red-ui-editableList-addButton")
      .click();
  }

  async write(field: string, value: string): Promise<void> {
    const input = this.#page.locator(`.profile-${field}:visible`).last();
    if (SELECTS.includes(field)) await input.selectOption(value);
    else await input.fill(value);
  }

  async complaint(): Promise<string> {
    const tip = this.#page.locator(COMPLAINT);
    return (await tip.isVisible()) ? ((await tip.textContent()) ?? "") : "";
  }

  isMarked(field: string): Promise<boolean> {
    return ask(this.#page, `$(".profile-${field}:visible").last().hasClass("input-error")`);
  }

  titles(): Promise<string[]> {
    return ask(this.#page, `$(".profile-head span").map((i, e) => $(e).text()).get()`);
  }

  devices(): Promise<string[]> {
    return ask(this.#page, `$("#node-input-deviceProfile option").map((i, e) => e.value).get()`);
  }

  async import(text: string): Promise<void> {
    if (!(await this.#page.locator(JSON_TEXT).isVisible())) await this.#page.click("#session-profile-import");
    await this.#page.fill(JSON_TEXT, text);
    await this.#page.click("#session-profile-add");
  }

  /** The file that the browser saves, and the text that is shown. */
  async export(): Promise<{ file: Profile[]; name: string; text: string }> {
    const saved = this.#page.waitForEvent("download");
    await this.#page.click("#session-profile-export");
    const download = await saved;
    const file = JSON.parse(readFileSync(await download.path(), "utf8")) as Profile[];
    return { file, name: download.suggestedFilename(), text: await this.#page.inputValue(JSON_TEXT) };
  }

  saved(): Promise<Profile[]> {
    return editor.propertyOf(this.#page, this.id, "profiles") as Promise<Profile[]>;
  }
}

const same = (got: unknown, wanted: unknown, what: string): void =>
  assert(JSON.stringify(got) === JSON.stringify(wanted), `${what}: ${JSON.stringify(got)}`);

async function checkWriting({ browser: { page }, shoot }: SidebarStage, dialog: Dialog): Promise<void> {
  await dialog.open();
  await dialog.add();
  assert((await dialog.complaint()).startsWith("profiles[0].name is missing"), await dialog.complaint());
  await dialog.write("name", "pump");
  await dialog.write("topic", "hall-3/+/state");
  await dialog.write("fields", "rpm, bearing.temp");
  await dialog.write("periodMs", "often");
  const complaint = await dialog.complaint();
  assert(/periodMs must be a number from 1 to 604800000, got "often"/.test(complaint), complaint);
  assert(await dialog.isMarked("periodMs"), "the wrong field is not marked");
  await shoot("own-profiles-wrong");
  await dialog.write("periodMs", "30000");
  await dialog.write("pattern", "bursty");
  await dialog.write("burst", "12");
  assert((await dialog.complaint()) === "", await dialog.complaint());
  assert((await dialog.devices()).includes("pump"), "it can't be declared for the node");
  await page.selectOption("#node-input-deviceProfile", "pump");
  await dialog.write("name", "pump-3");
  assert(
    (await page.inputValue("#node-input-deviceProfile")) === "pump-3",
    "the choice does not follow its name",
  );
  await shoot("own-profiles");
  const { untranslated, cut } = await editor.dialogFlaws(page, "session-profile");
  same([untranslated, cut], [[], []], "texts without translation, or cut off");
  await editor.saveDialog(page);
  const [pump] = await dialog.saved();
  same(
    [pump?.name, pump?.match, pump?.rhythm],
    [
      "pump-3",
      { topic: "hall-3/+/state", fields: ["rpm", "bearing.temp"] },
      { pattern: "bursty", periodMs: 30_000, burst: 12 },
    ],
    "saved",
  );
  same(await editor.invalidNodes(page), [], "not properly configured");
}

async function checkFiles({ browser: { page } }: SidebarStage, dialog: Dialog): Promise<void> {
  await dialog.open();
  const { file, name, text } = await dialog.export();
  same([name, file], ["device-profiles.json", await dialog.saved()], "the file");
  same(JSON.parse(text), file, "the text shown");
  const [pump] = file;
  const fan = { ...pump, name: "fan", title: '<img src=x onerror="window.owned=1">' };
  await dialog.import(JSON.stringify([fan, { ...pump, bytes: -1 }]));
  const complaint = await dialog.complaint();
  assert(/^profiles\[1\]\.bytes must be a whole number .*, got -1$/.test(complaint), complaint);
  assert((await dialog.titles()).length === 1, "half of a wrong file was taken");
  await dialog.import("{");
  assert((await dialog.complaint()).startsWith("profiles must be JSON: "), await dialog.complaint());
  await dialog.import(JSON.stringify([fan, { ...pump, bytes: 7 }]));
  assert((await dialog.complaint()) === "", await dialog.complaint());
  const titles = await dialog.titles();
  assert(titles.length === 2 && titles[1]?.startsWith("<img"), titles.join("; "));
  assert((await ask<unknown>(page, "window.owned ?? null")) === null, "a title of a file ran as a script");
  await editor.saveDialog(page);
  same(
    (await dialog.saved()).map(({ name: saved, bytes }) => [saved, bytes]),
    [
      ["pump-3", 7],
      ["fan", pump?.bytes],
    ],
    "after the import",
  );
}

async function checkMany({ browser: { page } }: SidebarStage, dialog: Dialog): Promise<void> {
  const [pump] = await dialog.saved();
  await dialog.open();
  const many = Array.from({ length: MANY - 2 }, (_, i) => ({ ...pump, name: `pump-${i + 100}` }));
  const began = Date.now();
  await dialog.import(JSON.stringify(many));
  await eventually("all are in the list", 20_000, async () => (await dialog.titles()).length === MANY);
  assert(Date.now() - began < 10_000, `${MANY} profiles took ${Date.now() - began} ms`);
  assert((await dialog.complaint()) === "", await dialog.complaint());
  await dialog.import(JSON.stringify([{ ...pump, name: "one too many" }]));
  assert(
    /profiles must be a list of 0 to 500, got an array of 501/.test(await dialog.complaint()),
    await dialog.complaint(),
  );
  await editor.cancelDialog(page);
  assert((await dialog.saved()).length === 2, "cancelling kept the import");
}

async function checkRemoving({ browser: { page } }: SidebarStage, dialog: Dialog): Promise<void> {
  await dialog.open();
  const remove = page.locator("#node-input-profiles-list .red-ui-editableList-item-remove");
  await remove.first().click();
  // A row fades out before it is gone.
  await eventually("a declared device that is gone is marked", 5_000, () =>
    ask<boolean>(page, `$("#node-input-deviceProfile").hasClass("input-error")`),
  );
  await page.selectOption("#node-input-deviceProfile", "");
  await editor.saveDialog(page);
  same(
    (await dialog.saved()).map(({ name }) => name),
    ["fan"],
    "left",
  );
}

async function checkDeploying({ browser: { page }, red }: SidebarStage, dialog: Dialog): Promise<void> {
  if ((await page.locator(".red-ui-tray").count()) > 0) await editor.cancelDialog(page);
  same(await editor.deploy(page), [], "deploying notifies");
  const flows = (await (await red.get("/flows")).json()) as { type: string; profiles?: Profile[] }[];
  const deployed = flows.find(({ type }) => type === "session-profile")?.profiles;
  same(deployed, await dialog.saved(), "deployed");
  // Until the runtime tells it, the status is that of before the deployment, or none.
  await eventually("its status", 10_000, async () => {
    const status = await ask<string>(page, `RED.nodes.node(${JSON.stringify(dialog.id)}).status?.text ?? ""`);
    assert(status === "0 sessions", `it is "${status}"`);
    return true;
  });
}

export async function checkOwnProfiles(stage: SidebarStage): Promise<void> {
  const { checks, browser } = stage;
  const dialog = new Dialog(stage);
  const ids = await editor.importFlow(browser.page, FLOW);
  dialog.id = ids.get("session-profile")?.[0] ?? ID;
  await checks.check("own profiles: written in the dialog, what is wrong is said", () =>
    checkWriting(stage, dialog),
  );
  await checks.check("own profiles: exported and imported, a wrong file changes nothing", () =>
    checkFiles(stage, dialog),
  );
  await checks.check(`own profiles: ${MANY} of them`, () => checkMany(stage, dialog));
  await checks.check("own profiles: removed", () => checkRemoving(stage, dialog));
  await checks.check("own profiles: deployed", () => checkDeploying(stage, dialog));
}
