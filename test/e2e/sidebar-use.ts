/** The sidebar for anybody: by keyboard and screen reader, and quiet towards the runtime and the world. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { eventually } from "../compat/checks.ts";
import { ask, assert, PANEL, type SidebarStage, tab } from "./sidebar-page.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const THEMES = ["light", "dark"] as const;
const WATCH_MS = 4000;
const MOST_PER_SEC = 2;
/** As the README states it, for a pool of a few hosts, in kB/s. */
const MOST_KBPS = 30;

/** No serious fault in any view, in both themes. */
export async function checkAccessible({ browser: { page } }: SidebarStage): Promise<void> {
  await ask(page, axe);
  for (const theme of THEMES)
    for (const view of ["hosts", "sessions", "session", "decisions"]) {
      await ask(page, `document.documentElement.classList.toggle("nr-theme-dark", ${theme === "dark"})`);
      await tab(page, view === "session" ? "sessions" : view);
      await page.waitForTimeout(600);
      if (view === "session") {
        await page.locator(".stitching-sessions tbody button").first().click();
        await page.waitForFunction(`$(".stitching-session dd").length > 5`);
      }
      const faults = await ask<string[]>(
        page,
        `axe.run("${PANEL}").then((r) => r.violations.filter((v) => /serious|critical/.test(v.impact))
          .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))`,
      );
      assert(faults.length === 0, `${theme}, ${view}:\n${faults.join("\n")}`);
      if (view === "session") await page.locator(".stitching-session .stitching-head button").click();
    }
  await ask(page, `document.documentElement.classList.remove("nr-theme-dark")`);
}

export async function checkKeyboard({ browser: { page } }: SidebarStage): Promise<void> {
  await page.focus("#stitching-tab-decisions");
  await page.keyboard.press("ArrowRight");
  assert(
    await page.locator("#stitching-tab-hosts[aria-selected=true]:focus").count(),
    "arrows change the tab",
  );
  await page.keyboard.press("Tab");
  assert(await page.locator("#stitching-view-hosts:focus").count(), "Tab goes into it");
  await page.keyboard.press("Tab");
  assert(await page.locator("#stitching-view-hosts button:focus").count(), "and on to its buttons");
  // A session by keyboard, and back to where one was.
  await tab(page, "sessions");
  const open = page.locator(".stitching-sessions tbody button").first();
  await open.focus();
  const id = await open.textContent();
  await page.keyboard.press("Enter");
  await page.locator(".stitching-session h3:focus", { hasText: id ?? "" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".stitching-sessions tbody button:focus", { hasText: id ?? "" }).waitFor();
  await tab(page, "hosts");
}

/** What a browser tells its page when the window is minimised or another tab is in front; headless it never is. */
const setVisible = (page: Page, isVisible: boolean): Promise<void> =>
  ask(
    page,
    `(Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "${isVisible ? "visible" : "hidden"}" }),
      document.dispatchEvent(new Event("visibilitychange")))`,
  );

/** At most two requests a second and so many bytes; none outside; none while the tab or the window is hidden. */
export async function checkQuiet({ browser: { page } }: SidebarStage): Promise<void> {
  let asked: string[] = [];
  let bytes = 0;
  const isOwn = (url: string): boolean => url.includes("/session-stitching/");
  page.on("request", (request) => asked.push(request.url()));
  page.on("response", (response) => {
    if (isOwn(response.url()))
      response.body().then(
        (body) => (bytes += body.length),
        () => undefined,
      );
  });
  for (const view of ["hosts", "sessions", "decisions"]) {
    await tab(page, view);
    await page.waitForTimeout(500);
    asked = [];
    bytes = 0;
    await page.waitForTimeout(WATCH_MS);
    const seen = asked.filter(isOwn).length;
    const most = (MOST_PER_SEC * WATCH_MS) / 1000 + 1;
    assert(seen > 0 && seen <= most, `${view}: ${seen} requests in ${WATCH_MS} ms`);
    const kbps = bytes / WATCH_MS;
    console.log(`    ${view}: ${seen / (WATCH_MS / 1000)} requests/s, ${kbps.toFixed(1)} kB/s`);
    assert(kbps <= MOST_KBPS, `${view}: ${kbps.toFixed(1)} kB/s`);
    const { origin } = new URL(page.url());
    const outside = asked.filter((url) => !url.startsWith(origin) && !/^(data|blob):/.test(url));
    assert(outside.length === 0, `requests outside: ${outside.join(", ")}`);
  }
  const isSilent = async (what: string): Promise<void> => {
    await page.waitForTimeout(1000);
    asked = [];
    await page.waitForTimeout(3000);
    const hidden = asked.filter(isOwn);
    assert(hidden.length === 0, `asked while ${what} is hidden: ${hidden.join(", ")}`);
  };
  await setVisible(page, false);
  await isSilent("the window");
  await setVisible(page, true);
  await eventually("it asks again in sight", 3000, () => asked.some(isOwn));
  await ask(page, `RED.sidebar.show("info")`);
  await isSilent("the tab");
  await ask(page, `RED.sidebar.show("session-stitching")`);
  await tab(page, "hosts");
}
