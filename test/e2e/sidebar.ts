/** The sidebar, the port labels and the greeting on a pool of wired hosts; a fleet of 10,000 sessions; no pool at all. */
import type { Page } from "playwright-core";
import { eventually } from "../compat/checks.ts";
import { dropFromPalette, openEditor } from "./editor.ts";
import { checkNames, checkRedeploy } from "./sidebar-names.ts";
import { ask, assert, PANEL, type SidebarStage } from "./sidebar-page.ts";
import { checkPlots, openTab } from "./sidebar-views.ts";

interface WiredStage extends SidebarStage {
  /** The flow to run: a gateway with wired hosts. */
  readonly flow: readonly object[];
}

/** A fleet's size, and how long a page of its table may take. */
const SESSIONS = 10_000;
const PAGES = 20;
const PAGE_MS = 200;
const TOUR_STEPS = 7;

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

/** Pages of the table at a fleet's size: `SESSIONS` of them, each within `PAGE_MS` from the click to its rows. */
async function checkPaging({ red, flow, browser: { page } }: WiredStage): Promise<void> {
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
  const column = (name: string): string => `$(".stitching-column-${name} button").trigger("click")`;
  const search = (text: string): string =>
    `(() => {
      const input = document.querySelector(".stitching-sessions input");
      input.value = ${JSON.stringify(text)};
      input.dispatchEvent(new Event("input"));
      input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    })()`;
  await time(
    page,
    "pages",
    Array<string>(PAGES).fill(`$(".stitching-pager button").last().trigger("click")`),
  );
  await time(page, "orders", ["id", "id", "owner", "rate", "peak", "id"].map(column));
  await time(page, "searches", ["device-99", "device-4", "9", "host-2", ""].map(search));
}

/** Takes the time from each act to its rows, and holds it to `PAGE_MS`. */
async function time(page: Page, what: string, acts: readonly string[]): Promise<void> {
  const times = await ask<number[]>(
    page,
    `(async () => {
      const times = [];
      const shown = () => $(".stitching-pager > span").text() + $(".stitching-sessions tbody").text();
      for (const act of ${JSON.stringify(acts)}) {
        const before = shown(), start = performance.now();
        eval(act);
        while (shown() === before && performance.now() - start < 5000) await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
        // As a person would: what comes by itself is through.
        await new Promise((next) => setTimeout(next, 100));
      }
      return times;
    })()`,
  );
  const sorted = times.toSorted((a, b) => a - b);
  const ms = (at: number): string => `${sorted.at(at)?.toFixed(0)} ms`;
  console.log(`    ${what} of ${SESSIONS} sessions: median ${ms(sorted.length >> 1)}, worst ${ms(-1)}`);
  assert((sorted.at(-1) ?? Infinity) <= PAGE_MS, `${what} took ${times.map(Math.round).join(", ")} ms`);
}

/** A first node by hand explains the chain; its button brings the example; a second one is left alone. */
async function checkFirstRun({ red, browser: { page }, shoot }: WiredStage): Promise<void> {
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
async function checkPortLabels({ browser: { page } }: WiredStage): Promise<void> {
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
async function checkNoPool({ red, browser: { page } }: WiredStage): Promise<void> {
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

/** Node-RED's own guide walks through the chain and the sidebar; each step finds what it points at. */
async function checkTour({ browser: { page }, shoot }: WiredStage): Promise<void> {
  await ask(page, `RED.actions.invoke("session-stitching:tour")`);
  const popover = page.locator(".red-ui-tourGuide-popover");
  const seen: string[] = [];
  for (let step = 1; step <= TOUR_STEPS; step++) {
    await page.waitForFunction(
      `$(".red-ui-tourGuide-toolbar small").text() === "${step}/${TOUR_STEPS}" && $(".red-ui-tourGuide-popover").is(":visible")`,
    );
    seen.push(((await popover.locator("h2").last().textContent()) ?? "").trim());
    if (step === 4) await shoot("tour");
    // As a person would: the guide itself looks at its step once more a moment after it has shown it.
    await page.waitForTimeout(250);
    await popover.locator(".red-ui-tourGuide-toolbar button").click();
  }
  await popover.waitFor({ state: "detached" });
  assert(new Set(seen).size === TOUR_STEPS, `its steps are ${seen.join(", ")}`);
}

/** What any editor must do: the tab, the labels, the tour, and what a newcomer sees. */
export async function checkWired(stage: WiredStage, label: string): Promise<void> {
  const { checks, red, browser } = stage;
  await browser.page.goto("about:blank");
  await red.post("/flows", stage.flow, { "Node-RED-Deployment-Type": "full" });
  const check = (name: string, run: (stage: WiredStage) => Promise<void>): Promise<void> =>
    checks.check(`${label}: ${name}`, () => run(stage));
  await check("the tab opens on wired hosts", async () => {
    await openEditor(browser.page, red.url);
    await openTab(stage);
  });
  await check("a route's output tells its share", checkPortLabels);
  await check("the hosts' plots hold what the runtime says", checkPlots);
  await check("the tour leads through all of it", checkTour);
  await check("names of devices and pools are text everywhere", checkNames);
  await check("goes on after a deploy while it is open", checkRedeploy);
  await check("asks for a pool, quietly, where none runs", checkNoPool);
  await check("explains the chain at the first node, once, and imports the example", checkFirstRun);
  await check("reports no error", async () => {
    const errors = browser.takeErrors();
    assert(errors.length === 0, errors.join("\n"));
  });
}

export async function checkFleet(stage: WiredStage): Promise<void> {
  await stage.checks.check(
    `sidebar: turns, sorts, searches ${SESSIONS} sessions within ${PAGE_MS} ms a page`,
    () => checkPaging(stage),
  );
}
