/**
 * The Node-RED editor as a user has it, by its page. Code in strings runs in the browser, where `RED` and `$` are
 * the editor's own.
 */
import type { Locator, Page } from "playwright-core";
import { eventually } from "../compat/checks.ts";

const HELP = ".red-ui-sidebar-help-content, .red-ui-help";

export interface PaletteEntry {
  readonly label: string;
  readonly iconUrl: string;
  readonly category: string;
}

export interface DialogFlaws {
  /** Texts that are keys: their translation is missing. */
  readonly untranslated: readonly string[];
  /** Labels wider than their place, fields that stand out of the dialog. */
  readonly cut: readonly string[];
}

const ask = <T>(page: Page, code: string): Promise<T> => page.evaluate(code) as Promise<T>;
const quoted = (value: unknown): string => JSON.stringify(value);

/** Loads the editor anew; resolves when the palette and a workspace are there. */
export async function openEditor(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(
    "window.RED && RED.workspaces && RED.workspaces.active() && $('.red-ui-palette-node').length > 5",
  );
}

export async function setTheme(page: Page, theme: "light" | "dark"): Promise<void> {
  await ask(page, `document.documentElement.classList.toggle("nr-theme-dark", ${theme === "dark"})`);
}

export const isConfigType = (page: Page, type: string): Promise<boolean> =>
  ask(page, `RED.nodes.getType(${quoted(type)})?.category === "config"`);

/** How the type shows in the palette. */
export function paletteEntry(page: Page, type: string): Promise<PaletteEntry | null> {
  return ask(
    page,
    `(() => {
      const node = $('.red-ui-palette-node[data-palette-type=${quoted(type)}]');
      if (!node.length) return null;
      const icon = node.find(".red-ui-palette-icon").css("background-image") ?? "";
      return {
        label: node.find(".red-ui-palette-label").text().trim(),
        iconUrl: (/url\\("?([^")]+)/.exec(icon) ?? [])[1] ?? "",
        category: node.closest(".red-ui-palette-category").find(".red-ui-palette-header").text().trim(),
      };
    })()`,
  );
}

/** Imports a flow as pasting it does, and shows its first tab. Ids of the imported nodes by type. */
export async function importFlow(page: Page, flow: readonly object[]): Promise<Map<string, string[]>> {
  await ask(
    page,
    `RED.view.importNodes(${quoted(flow)}, { generateIds: true, addFlow: false, notify: false })`,
  );
  const nodes = await ask<{ id: string; type: string; z?: string }[]>(
    page,
    `(() => {
      const found = [];
      RED.nodes.eachNode((n) => found.push({ id: n.id, type: n.type, z: n.z }));
      RED.nodes.eachConfig((n) => found.push({ id: n.id, type: n.type }));
      return found;
    })()`,
  );
  const tab = nodes.find(({ type, z }) => type.startsWith("session-") && z)?.z;
  if (tab) await ask(page, `RED.workspaces.show(${quoted(tab)})`);
  const ids = new Map<string, string[]>();
  for (const { id, type } of nodes) ids.set(type, [...(ids.get(type) ?? []), id]);
  return ids;
}

/** Nodes that the editor marks as not properly configured. */
export const invalidNodes = (page: Page): Promise<string[]> =>
  ask(
    page,
    `(() => {
      const bad = [];
      const look = (n) => { if (n.valid === false) bad.push(n.type + " " + (n.name || n.id) + ": " + (n.validationErrors || []).join(", ")); };
      RED.nodes.eachNode(look);
      RED.nodes.eachConfig(look);
      return bad;
    })()`,
  );

/** Pairs of nodes on the shown tab that touch, or leave no room for the wire between them. */
export const crowdedNodes = (page: Page): Promise<string[]> =>
  ask(
    page,
    `(() => {
      const nodes = RED.nodes.filterNodes({ z: RED.workspaces.active() });
      const room = 10;
      const touch = (a, b) => Math.abs(a.x - b.x) < (a.w + b.w) / 2 + room && Math.abs(a.y - b.y) < (a.h + b.h) / 2;
      const name = (n) => n.type + " " + (n.name || n.id);
      return nodes.flatMap((a, i) => nodes.slice(i + 1).filter((b) => touch(a, b)).map((b) => name(a) + " and " + name(b)));
    })()`,
  );

/** Presses Deploy; resolves with the notifications that are no success. */
export async function deploy(page: Page): Promise<string[]> {
  const posted = page.waitForResponse(
    (response) => response.url().endsWith("/flows") && response.request().method() === "POST",
  );
  await page.locator("#red-ui-header-button-deploy").click();
  const response = await posted;
  if (!response.ok()) throw new Error(`deploy: ${response.status()} ${await response.text()}`);
  await page.waitForFunction("!RED.nodes.dirty()");
  await eventually("the flows run", 15_000, () =>
    ask<boolean>(
      page,
      `fetch("flows/state").then((r) => r.json()).then((s) => s.state !== "stop").catch(() => true)`,
    ),
  );
  return ask(
    page,
    `$(".red-ui-notification").not(".red-ui-notification-success").map((i, n) => $(n).text().trim()).get()`,
  );
}

const tray = (page: Page): Locator => page.locator(".red-ui-tray").last();

/** Waits until the dialog has slid in and stands still. */
async function settled(page: Page): Promise<void> {
  await tray(page).locator(".red-ui-tray-toolbar button.primary").hover({ trial: true });
}

/** Opens a node's dialog by a double click on it in the workspace. */
export async function openNode(page: Page, id: string): Promise<void> {
  await ask(page, `RED.workspaces.show(RED.nodes.node(${quoted(id)}).z)`);
  await ask(page, `RED.view.reveal(${quoted(id)}, false)`);
  await page.locator(`g.red-ui-flow-node-group[id="${id}"]`).dblclick();
  await settled(page);
}

export async function openConfig(page: Page, type: string, id: string): Promise<void> {
  await ask(page, `RED.editor.editConfig("", ${quoted(type)}, ${quoted(id)})`);
  await settled(page);
}

/** Presses Done. */
export async function saveDialog(page: Page): Promise<void> {
  const open = await page.locator(".red-ui-tray").count();
  await tray(page).locator("#node-dialog-ok, #node-config-dialog-ok").click();
  await page.waitForFunction(`$(".red-ui-tray").length < ${open}`);
}

export async function cancelDialog(page: Page): Promise<void> {
  const open = await page.locator(".red-ui-tray").count();
  await tray(page).locator("#node-dialog-cancel, #node-config-dialog-cancel").click();
  await page.waitForFunction(`$(".red-ui-tray").length < ${open}`);
}

export const propertyOf = (page: Page, id: string, name: string): Promise<unknown> =>
  ask(page, `RED.nodes.node(${quoted(id)})[${quoted(name)}]`);

/** What a newcomer would stumble over in the open dialog. */
export function dialogFlaws(page: Page, type: string): Promise<DialogFlaws> {
  return ask(
    page,
    `(() => {
      const tray = $(".red-ui-tray").last();
      const text = tray.text() + tray.find("[placeholder]").map((i, e) => e.placeholder).get().join(" ");
      const keys = (text.match(new RegExp(${quoted(type)} + "\\\\.\\\\w+[\\\\w.]*", "g")) ?? [])
        // A file's name, not a key.
        .filter((key) => !key.endsWith(".sqlite"));
      const body = tray.find(".red-ui-tray-body")[0].getBoundingClientRect();
      const seen = (e) => e.offsetParent !== null;
      const labels = tray.find(".form-row > label:visible").get().filter((e) => e.scrollWidth > e.clientWidth + 1 || e.offsetHeight > 34);
      const wide = tray.find("input, select, .red-ui-typedInput-container, ol, .form-tips").get()
        .filter((e) => seen(e) && e.getBoundingClientRect().right > body.right + 1);
      const pen = document.createElement("canvas").getContext("2d");
      const selects = tray.find("select").get().filter((e) => {
        pen.font = getComputedStyle(e).font;
        return seen(e) && pen.measureText(e.selectedOptions[0]?.textContent ?? "").width > e.clientWidth - 30;
      });
      return {
        untranslated: keys,
        cut: [...selects.map((e) => "option " + e.selectedOptions[0].textContent), ...labels.map((e) => "label " + e.textContent.trim()), ...wide.map((e) => "field " + (e.id || e.className))],
      };
    })()`,
  );
}

/** Fields of the open dialog that take a number and are in sight. */
export function numericFields(page: Page, type: string, prefix: string): Promise<string[]> {
  return ask(
    page,
    `Object.entries(RED.nodes.getType(${quoted(type)}).defaults)
      .filter(([name, d]) => d.validate && /^[0-9.]+$/.test(String(d.value)))
      .map(([name]) => name)
      .filter((name) => $("#${prefix}-" + name).is("input[type=text]:visible, input[type=number]:visible, input:not([type]):visible"))`,
  );
}

/**
 * Types a bad value, leaves the field, and reads what the editor says of it (`look` runs while it shows); puts
 * the old value back.
 */
export async function complaintAbout(
  page: Page,
  field: string,
  bad: string,
  look: () => Promise<void>,
): Promise<string> {
  const input = page.locator(`#${field}`);
  const before = await input.inputValue();
  await input.fill(bad);
  await input.press("Tab");
  const isMarked = await ask<boolean>(page, `$("#${field}").hasClass("input-error")`);
  if (!isMarked) throw new Error(`${field} = "${bad}" is not marked`);
  await page.mouse.move(5, 5);
  await input.hover();
  const popover = page.locator(".red-ui-popover:visible").last();
  await popover.waitFor();
  const text = ((await popover.textContent()) ?? "").trim();
  await look();
  await page.mouse.move(5, 5);
  await input.fill(before);
  await input.press("Tab");
  return text;
}

/** Empties a field (a list of config nodes: chooses none); whether the editor marks it. */
export function isMarkedWhenEmpty(page: Page, field: string): Promise<boolean> {
  return ask(
    page,
    `(() => {
      const input = $("#${field}");
      input.val(input.is("select") ? "_ADD_" : "").trigger("change");
      return input.hasClass("input-error");
    })()`,
  );
}

/** Drags a type from the palette into the workspace; id of the new node. */
export async function dropFromPalette(page: Page, type: string, x: number, y: number): Promise<string> {
  const entry = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  await entry.scrollIntoViewIfNeeded();
  await entry.dragTo(page.locator("#red-ui-workspace-chart"), { targetPosition: { x, y } });
  return ask(page, `RED.nodes.filterNodes({ type: ${quoted(type)} }).at(-1).id`);
}

/** Opens the help sidebar at the type; its text. */
export async function helpText(page: Page, type: string): Promise<string> {
  await ask(page, `RED.sidebar.help.show(${quoted(type)})`);
  const help = page.locator(HELP).last();
  await help.waitFor();
  return (await help.textContent()) ?? "";
}

/** Follows the open dialog's link to the help; whether the type's own is shown. */
export async function helpByDialog(page: Page, type: string): Promise<boolean> {
  const own = await helpText(page, type);
  const other = await helpText(page, "inject");
  const link = tray(page).locator(".session-help a");
  if (own === other || ((await link.textContent()) ?? "").trim() === "") return false;
  await link.click();
  return (await page.locator(HELP).last().textContent()) === own;
}

/** A node of this type on the canvas, or a config node; null: none, or a dialog is open. */
export const idleNode = (page: Page, type: string): Promise<string | null> =>
  ask(
    page,
    `(() => {
      let found = $(".red-ui-tray").length > 0 ? undefined : RED.nodes.filterNodes({ type: ${quoted(type)} })[0];
      if ($(".red-ui-tray").length === 0) RED.nodes.eachConfig((n) => { if (n.type === ${quoted(type)}) found ??= n; });
      return found?.id ?? null;
    })()`,
  );
