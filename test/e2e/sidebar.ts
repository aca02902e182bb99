/** The sidebar against a running pool: what it shows is what the runtime says, its actions work, and anybody can use it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import type { PoolSnapshot, SessionPage } from "../../src/adapters/monitor/views.ts";
import { type Checks, eventually } from "../compat/checks.ts";
import type { RedProcess } from "../compat/red-process.ts";
import type { Browser } from "./browser.ts";
import { dropFromPalette, openEditor } from "./editor.ts";

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

/** A fleet's size, and how long a page of its table may take. */
const SESSIONS = 10_000;
const PAGES = 20;
const PAGE_MS = 200;

/** The flow with a fleet in place of its devices: each sends once; the hosts carry it. */
function manySessions(flow: readonly object[]): object[] {
  const func = `
    const from = context.get("from") || 0, to = Math.min(from + 250, ${SESSIONS});
    context.set("from", to);
    return [Array.from({ length: to - from }, (_, i) => ({ device: "device-" + (from + i), payload: from + i }))];`;
  const changes: Readonly<Record<string, object>> = {
    "session-profile": { slotKey: "", slotKeyType: "none", slots: "1" },
    "session-forecast": { arima: false, stepMs: "10000" },
    "session-route": { wires: [[], [], [], []] },
    "session-pool": { maxSessions: "20000", hosts: fleetHosts },
  };
  return (flow as readonly { type: string; name?: string }[]).map((node) => {
    if (node.type === "function" && node.name === "15 devices") return { ...node, func };
    return { ...node, ...changes[node.type] };
  });
}

const fleetHosts = ["host-1", "host-2", "host-3"].map((name) => ({
  name,
  messagesPerSec: "5000",
  bytesPerSec: "",
  weight: "1",
}));

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

/** Pages of the table at a fleet's size: `SESSIONS` of them, each within `PAGE_MS` from the click to its rows. */
async function checkPaging({ red, flow, browser: { page } }: SidebarStage): Promise<void> {
  await page.goto("about:blank");
  await red.post("/flows", manySessions(flow), { "Node-RED-Deployment-Type": "full" });
  await openEditor(page, red.url);
  await ask(page, `RED.sidebar.show("session-stitching")`);
  await page.locator(`${PANEL} #stitching-tab-sessions`).click();
  await page.waitForFunction(
    `$(".stitching-sessions .stitching-pager > span").text().endsWith("${SESSIONS}")`,
    undefined,
    { timeout: 60_000 },
  );
  const times = await ask<number[]>(
    page,
    `(async () => {
      const times = [];
      const shown = () => $(".stitching-pager > span").text();
      for (let i = 0; i < ${PAGES}; i++) {
        const before = shown(), start = performance.now();
        $(".stitching-pager button").last().trigger("click");
        while (shown() === before && performance.now() - start < 5000) await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
      }
      return times;
    })()`,
  );
  const sorted = times.toSorted((a, b) => a - b);
  console.log(
    `    pages of ${SESSIONS} sessions: median ${sorted[PAGES >> 1]?.toFixed(0)} ms, worst ${sorted.at(-1)?.toFixed(0)} ms`,
  );
  assert((sorted.at(-1) ?? Infinity) <= PAGE_MS, `pages took ${sorted.map(Math.round).join(", ")} ms`);
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

/** A first node by hand explains the chain; its button brings the example; a second one is left alone. */
async function checkFirstRun({ red, browser: { page }, shoot }: SidebarStage): Promise<void> {
  await page.goto("about:blank");
  await red.post("/flows", [], { "Node-RED-Deployment-Type": "full" });
  await openEditor(page, red.url);
  await ask(page, `localStorage.removeItem("session-stitching:first-run")`);
  await openEditor(page, red.url);
  await dropFromPalette(page, "session-stitch", 300, 300);
  const notice = page.locator(".red-ui-notification", { has: page.locator(".stitching-first-run") });
  await notice.waitFor();
  await shoot("first-run");
  await notice.locator("button.primary").click();
  await page.waitForFunction(`RED.nodes.filterNodes({ type: "session-route" }).length === 1`);
  await notice.waitFor({ state: "detached" });
  await openEditor(page, red.url);
  await dropFromPalette(page, "session-profile", 300, 300);
  assert((await page.locator(".stitching-first-run").count()) === 0, "it is told again");
}

/** Hovering a wired output tells its host and its share of what was sent. */
async function checkPortLabels({ browser: { page } }: SidebarStage): Promise<void> {
  await ask(page, `RED.view.reveal(RED.nodes.filterNodes({ type: "session-route" })[0].id, false)`);
  const label = await eventually("a share in the label", 10_000, async () => {
    await page.mouse.move(5, 5);
    const id = await ask<string>(page, `RED.nodes.filterNodes({ type: "session-route" })[0].id`);
    await page.locator(`g.red-ui-flow-node-group[id="${id}"] .red-ui-flow-port-output rect`).first().hover();
    const tooltip = page.locator(".red-ui-flow-port-tooltip").last();
    await tooltip.waitFor({ timeout: 2000 });
    const text = (await tooltip.textContent()) ?? "";
    return text.includes("%") ? text : undefined;
  });
  assert(/^host-1 · \d+ %$/.test(label), `its label is "${label}"`);
  await page.mouse.move(5, 5);
}

/** Where no pool runs, it says what to do, and asks no more often than else. */
async function checkNoPool({ red, browser: { page } }: SidebarStage): Promise<void> {
  await page.goto("about:blank");
  await red.post("/flows", [], { "Node-RED-Deployment-Type": "full" });
  await openEditor(page, red.url);
  await ask(page, `RED.sidebar.show("session-stitching")`);
  await page.locator(`${PANEL} > .stitching-empty`, { hasText: "1-quick-start" }).waitFor();
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/session-stitching/")) asked++;
  });
  await page.waitForTimeout(3500);
  assert(asked > 0 && asked <= 7 + 1, `${asked} requests in 3.5 s`);
}

/** No serious fault in any view, in both themes. */
async function checkAccessible({ browser: { page } }: SidebarStage): Promise<void> {
  await ask(page, axe);
  for (const theme of ["light", "dark"])
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
  await browser.page.goto("about:blank");
  await red.post("/flows", stage.flow, { "Node-RED-Deployment-Type": "full" });
  const check = (name: string, run: (stage: SidebarStage) => Promise<void>): Promise<void> =>
    checks.check(`sidebar: ${name}`, () => run(stage));
  await check("the tab opens", openTab);
  await browser.page.waitForTimeout(LIFE_MS);
  await shoot("sidebar-hosts");
  await check("a route's output tells its share", checkPortLabels);
  await check("the plots hold what the runtime says", checkPlots);
  await check("the sessions' table searches and opens a session", checkSessions);
  await check("pins a session", checkPin);
  await check("drains a host", checkDrain);
  await check("pauses the planner, switches dry run", checkToggles);
  await check("tells decisions, which lead to their node", checkDecisions);
  await check("asks at most twice a second, nothing outside, nothing while hidden", checkQuiet);
  await check("works by keyboard", checkKeyboard);
  await check("has no serious fault of accessibility", checkAccessible);
  await check(`turns a page of ${SESSIONS} sessions within ${PAGE_MS} ms`, checkPaging);
  await check("asks for a pool, quietly, where none runs", checkNoPool);
  await check("explains the chain at the first node, once", checkFirstRun);
  await check("reports no error", async () => {
    const errors = browser.takeErrors();
    assert(errors.length === 0, errors.join("\n"));
  });
}
