/** The sidebar against a running pool: what it shows is what the runtime says, its actions work, and anybody can use it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import type { PoolSnapshot, SessionPage } from "../../src/adapters/monitor/views.ts";
import { type Checks, eventually } from "../compat/checks.ts";
import type { RedProcess } from "../compat/red-process.ts";
import type { Browser } from "./browser.ts";
import { openEditor } from "./editor.ts";

export interface SidebarStage {
  readonly red: RedProcess;
  readonly browser: Browser;
  readonly checks: Checks;
  /** The flow to run: a gateway with wired hosts. */
  readonly flow: readonly object[];
  readonly shoot: (name: string) => Promise<void>;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PANEL = ".stitching-panel";
/** Time for history to be a line and for forecasts to be trusted. */
const LIFE_MS = Number(process.env["SIDEBAR_LIFE_MS"] ?? 20_000);

function assert(claim: unknown, text: string): asserts claim {
  if (!claim) throw new Error(text);
}

const ask = <T>(page: Page, code: string): Promise<T> => page.evaluate(code) as Promise<T>;
const json = async <T>(red: RedProcess, path: string): Promise<T> =>
  (await (await red.get(`/session-stitching/${path}`)).json()) as T;
const poolId = async (red: RedProcess): Promise<string> => {
  const { pools } = await json<{ pools: { id: string; isGateway: boolean }[] }>(red, "pools");
  return pools.find(({ isGateway }) => isGateway)?.id ?? "";
};
const tab = (page: Page, name: string): Promise<void> => page.click(`#stitching-tab-${name}`);

/** Confirms the question that an action asks. */
async function confirm(page: Page): Promise<void> {
  await page.locator(".red-ui-notification button.primary").last().click();
}

async function openTab({ red, browser: { page } }: SidebarStage): Promise<void> {
  await openEditor(page, red.url);
  await ask(page, `RED.sidebar.show("session-stitching")`);
  // All of the side for it.
  await ask(
    page,
    `$("button[data-tab-id=debug].selected, button[data-tab-id=debug].active").trigger("click")`,
  );
  await page.locator(`${PANEL} .stitching-host`).first().waitFor();
}

async function checkPlots({ red, browser: { page } }: SidebarStage): Promise<void> {
  const plots = await eventually("each host has a plot", 10_000, async () => {
    const found = await ask<{ name: string; data: (number | null)[][]; drawn: number }[]>(
      page,
      `$(".stitching-host").get().map((e) => {
        const plot = e.querySelector(".stitching-plot").plot;
        const { width, height } = plot.ctx.canvas;
        const pixels = plot.ctx.getImageData(0, 0, width, height).data;
        let drawn = 0;
        for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) drawn++;
        return { name: e.querySelector("h4").textContent, data: plot.data, drawn };
      })`,
    );
    return found.length === 3 ? found : undefined;
  });
  const snapshot = await json<PoolSnapshot>(red, `pools/${await poolId(red)}?since=0`);
  for (const { name, data, drawn } of plots) {
    assert(drawn > 1000, `${name}: its canvas is empty (${drawn} points)`);
    const series = snapshot.history.hosts.find(({ host }) => host === name);
    const [times = [], past = []] = data;
    const known = new Map(
      series?.utilisation.map((v, i) => [(snapshot.history.fromMs + i * snapshot.history.stepMs) / 1000, v]),
    );
    const shown = times.flatMap((at, i) => (past[i] === null ? [] : [[at, past[i]] as const]));
    assert(shown.length > 3, `${name}: ${shown.length} values of the past`);
    for (const [at, value] of shown) assert(known.get(at as number) === value, `${name} at ${at}: ${value}`);
    assert(
      (data[2] ?? []).some((v) => v !== null),
      `${name}: no forecast`,
    );
  }
}

async function checkSessions({ red, browser: { page }, shoot }: SidebarStage): Promise<void> {
  await tab(page, "sessions");
  await page.locator(".stitching-sessions tbody tr").first().waitFor();
  await shoot("sidebar-sessions");
  const id = await poolId(red);
  const { found } = await json<SessionPage>(red, `pools/${id}/sessions?sort=id&order=asc`);
  const rows = await page.locator(".stitching-sessions tbody tr").count();
  assert(rows === Math.min(found, 50), `${rows} rows of ${found} sessions`);
  await page.fill(".stitching-sessions input", "cam-");
  await page.waitForFunction(`$(".stitching-sessions tbody tr").length === 2`);
  await page.locator(".stitching-sessions tbody button").first().click();
  await page.locator(".stitching-session canvas").waitFor();
  await page.waitForFunction(`$(".stitching-session dd").length > 5`);
  await shoot("sidebar-session");
}

async function checkPin({ red, browser: { page } }: SidebarStage): Promise<void> {
  const session = (await page.locator(".stitching-session h3").textContent()) ?? "";
  await page.locator(".stitching-pin select").selectOption("host-2");
  await page.locator(".stitching-pin button").click();
  await confirm(page);
  const id = await poolId(red);
  const isPinned = async (): Promise<boolean> => {
    const { rows } = await json<SessionPage>(
      red,
      `pools/${id}/sessions?search=${encodeURIComponent(session)}`,
    );
    return rows[0]?.pinnedTo === "host-2" && rows[0].shares["host-2"] === 1;
  };
  await eventually("the session is at the host it was pinned to", 10_000, isPinned);
  await page.locator(".stitching-session .stitching-head button").click();
  await page.fill(".stitching-sessions input", "");
}

async function checkDrain({ red, browser: { page } }: SidebarStage): Promise<void> {
  await tab(page, "hosts");
  const host = page.locator(".stitching-host").nth(2);
  await host.locator(".stitching-head button").click();
  await confirm(page);
  const id = await poolId(red);
  const isEmpty = async (): Promise<boolean> => {
    const { hosts } = await json<PoolSnapshot>(red, `pools/${id}`);
    return hosts[2]?.state === "draining" && hosts[2].slots === 0;
  };
  await eventually("the host is empty", 20_000, isEmpty);
  await host.locator(".stitching-state-draining").waitFor();
  await host.locator(".stitching-head button").click();
  await confirm(page);
  await host.locator(".stitching-state-declared").waitFor();
}

async function checkToggles({ red, browser: { page } }: SidebarStage): Promise<void> {
  const id = await poolId(red);
  for (const [index, field] of [
    [0, "isPaused"],
    [1, "isDryRun"],
  ] as const)
    for (const isOn of [true, false]) {
      await page.locator(".stitching-toolbar button").nth(index).click();
      await confirm(page);
      await eventually(`${field} is ${isOn}`, 5000, async () => {
        return (await json<PoolSnapshot>(red, `pools/${id}`))[field] === isOn;
      });
      await page.waitForFunction(
        `$(".stitching-toolbar button").eq(${index}).attr("aria-pressed") === "${isOn}"`,
      );
    }
}

async function checkDecisions({ browser: { page }, shoot }: SidebarStage): Promise<void> {
  await tab(page, "decisions");
  await page.locator(".stitching-view:not([hidden]) .stitching-decisions li").first().waitFor();
  await shoot("sidebar-decisions");
  await page.locator(".stitching-view:not([hidden]) li button[data-kind]").first().click();
}

async function checkQuiet({ browser: { page } }: SidebarStage): Promise<void> {
  let asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.waitForTimeout(3500);
  const seen = asked.filter((url) => url.includes("/session-stitching/"));
  assert(seen.length > 0 && seen.length <= 7 + 1, `${seen.length} requests in 3.5 s`);
  const origin = new URL(page.url()).origin;
  const outside = asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"));
  assert(outside.length === 0, `requests outside: ${outside.join(", ")}`);
  await ask(page, `RED.sidebar.show("info")`);
  await page.waitForTimeout(1000);
  asked = [];
  await page.waitForTimeout(3000);
  const hidden = asked.filter((url) => url.includes("/session-stitching/"));
  assert(hidden.length === 0, `asked while hidden: ${hidden.join(", ")}`);
  await ask(page, `RED.sidebar.show("session-stitching")`);
}

/** No serious fault in any view, in both themes. */
async function checkAccessible({ browser: { page } }: SidebarStage): Promise<void> {
  await ask(page, axe);
  for (const theme of ["light", "dark"])
    for (const view of ["hosts", "sessions", "decisions"]) {
      await ask(page, `document.documentElement.classList.toggle("nr-theme-dark", ${theme === "dark"})`);
      await tab(page, view);
      await page.waitForTimeout(600);
      const faults = await ask<string[]>(
        page,
        `axe.run("${PANEL}").then((r) => r.violations.filter((v) => /serious|critical/.test(v.impact))
          .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))`,
      );
      assert(faults.length === 0, `${theme}, ${view}:\n${faults.join("\n")}`);
    }
  await ask(page, `document.documentElement.classList.remove("nr-theme-dark")`);
}

async function checkKeyboard({ browser: { page } }: SidebarStage): Promise<void> {
  await page.focus("#stitching-tab-decisions");
  await page.keyboard.press("ArrowRight");
  assert(
    await page.locator("#stitching-tab-hosts[aria-selected=true]:focus").count(),
    "arrows change the tab",
  );
  await page.keyboard.press("Tab");
  assert(await page.locator("#stitching-view-hosts:focus").count(), "Tab goes into it");
}

export async function checkSidebar(stage: SidebarStage): Promise<void> {
  const { checks, red, browser, shoot } = stage;
  await red.post("/flows", stage.flow, { "Node-RED-Deployment-Type": "full" });
  const check = (name: string, run: (stage: SidebarStage) => Promise<void>): Promise<void> =>
    checks.check(`sidebar: ${name}`, () => run(stage));
  await check("the tab opens", openTab);
  await browser.page.waitForTimeout(LIFE_MS);
  await shoot("sidebar-hosts");
  await check("the plots hold what the runtime says", checkPlots);
  await check("the sessions' table searches and opens a session", checkSessions);
  await check("pins a session", checkPin);
  await check("drains a host", checkDrain);
  await check("pauses the planner, switches dry run", checkToggles);
  await check("tells decisions, which lead to their node", checkDecisions);
  await check("asks at most twice a second, nothing outside, nothing while hidden", checkQuiet);
  await check("works by keyboard", checkKeyboard);
  await check("has no serious fault of accessibility", checkAccessible);
  await check("reports no error", async () => {
    const errors = browser.takeErrors();
    assert(errors.length === 0, errors.join("\n"));
  });
}
