/**
 * `npm run picture`: the README's pictures, taken from the editor of a running main job when sessions have moved.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { root } from "../compat/install.ts";
import { findChromium, openBrowser } from "./browser.ts";
import * as editor from "./editor.ts";
import { startMainJob } from "./main-job.ts";

/** Long enough for the plots to have a past and the forecasts to be trusted. */
const SIDEBAR_MS = 75_000;
/** The sidebar as somebody has it who looks at it. */
const SIDEBAR_WIDTH = 420;
const docs = join(root, "docs");
const chromium = findChromium();
if (!chromium) throw new Error("no Chromium: install it, or name it by CHROMIUM=…");

async function shoot(page: Page, name: string): Promise<void> {
  const path = join(docs, `${name}.png`);
  await page.screenshot({ path });
  console.log(`picture: ${path}`);
}

const folder = mkdtempSync(join(tmpdir(), "picture-"));
const job = await startMainJob();
const browser = await openBrowser(chromium, folder);
try {
  const { page } = browser;
  mkdirSync(docs, { recursive: true });
  await page.setViewportSize({ width: 1800, height: 560 });
  await editor.openEditor(page, job.url);
  await page.evaluate('RED.actions.invoke("core:show-debug-tab")');
  await job.shifted;
  await shoot(page, "editor");
  await page.setViewportSize({ width: 1500, height: 1080 });
  await page.evaluate('RED.sidebar.show("session-stitching")');
  await page.evaluate(
    `$("button[data-tab-id=debug].selected, button[data-tab-id=debug].active").trigger("click")`,
  );
  await page.evaluate(`$("#red-ui-sidebar").width(${SIDEBAR_WIDTH}); RED.events.emit("sidebar:resize")`);
  await page.locator(".stitching-host canvas").first().waitFor();
  await page.waitForTimeout(SIDEBAR_MS);
  await shoot(page, "sidebar");
  await page.click("#stitching-tab-sessions");
  await page.locator(".stitching-sessions tbody button", { hasText: "cam-1" }).click();
  await page.locator(".stitching-session canvas").waitFor();
  await editor.setTheme(page, "dark");
  await page.waitForTimeout(3000);
  await shoot(page, "session");
} finally {
  await browser.close();
  await job.stop();
  rmSync(folder, { recursive: true, force: true });
}
