/**
 * `npm run picture`: the README's pictures, taken from the editor of a running main job when sessions have moved.
 */
import { EventEmitter, once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";
import { root } from "../compat/install.ts";
import { findChromium, openBrowser } from "./browser.ts";
import * as editor from "./editor.ts";

const DEADLINE_MS = 180_000;
const file = join(root, "docs", "editor.png");
const sidebar = join(root, "docs", "sidebar.png");
const SIDEBAR_MS = 30_000;
const chromium = findChromium();
if (!chromium) throw new Error("no Chromium: install it, or name it by CHROMIUM=…");

const folder = mkdtempSync(join(tmpdir(), "picture-"));
const end = new AbortController();
const told = new EventEmitter();
const signal = AbortSignal.timeout(DEADLINE_MS);
const address = once(told, "editor", { signal });
const shifted = once(told, "shifted", { signal });
const print = (line: string): void => {
  console.log(line);
  const [, url] = /^Editor: (\S+)/.exec(line) ?? [];
  if (url) told.emit("editor", url);
  if (/^ +shifted cam-/.test(line)) told.emit("shifted");
};
const run = runDemo({ options: parseOptions(["--port", "0", "--seed", "1"]), print, signal: end.signal });
run.catch((error: unknown) => told.emit("error", error));
const browser = await openBrowser(chromium, folder);
try {
  const { page } = browser;
  await page.setViewportSize({ width: 1800, height: 560 });
  const [url] = (await address) as [string];
  await editor.openEditor(page, url);
  await page.evaluate('RED.actions.invoke("core:show-debug-tab")');
  await shifted;
  mkdirSync(join(root, "docs"), { recursive: true });
  await page.screenshot({ path: file });
  console.log(`picture: ${file}`);
  await page.setViewportSize({ width: 1500, height: 900 });
  await page.evaluate('RED.sidebar.show("session-stitching")');
  await page.locator(".stitching-host canvas").first().waitFor();
  // Long enough for the plots to have a past.
  await page.waitForTimeout(SIDEBAR_MS);
  await page.screenshot({ path: sidebar });
  console.log(`picture: ${sidebar}`);
} finally {
  await browser.close();
  end.abort();
  await run;
  rmSync(folder, { recursive: true, force: true });
}
