/** What the sidebar tells of a host whose process is killed, and of its return. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DecisionPage, PoolSnapshot } from "../../src/adapters/monitor/views.ts";
import { startRed } from "../../src/demo/processes.ts";
import { eventually } from "../compat/checks.ts";
import { ask, assert, json, PANEL, poolId, type SidebarStage, tab } from "./sidebar-page.ts";

/** A process of the main job, as it prints it. */
export interface HostProcess {
  readonly pid: number;
  readonly logFile: string;
}

/** A few missed heartbeats, then the sidebar's next look. */
const NOTICED_MS = 15_000;
const BACK_MS = 60_000;
/** As the main job gives its hosts by default, messages/s. */
const CAPACITY = "100";

const snapshotOf = async (red: SidebarStage["red"]): Promise<PoolSnapshot> =>
  json<PoolSnapshot>(red, `pools/${await poolId(red)}`);

const card = (host: string): string =>
  `$(".stitching-host").filter((_, e) => $(e).find("h4").text() === ${JSON.stringify(host)})`;

/** The host's badge and the sentence on top, in the editor's own words. */
const seen = (
  { browser: { page } }: SidebarStage,
  host: string,
): Promise<{ state: string; verdict: string }> =>
  ask(
    page,
    `({ state: ${card(host)}.find(".stitching-state").text(), verdict: $(".stitching-verdict").text() })`,
  );

/** In one line of the list: what, session, host, all of them links, and why. */
async function checkFailovers(stage: SidebarStage, host: string): Promise<string> {
  const { red, browser } = stage;
  const { page } = browser;
  await tab(page, "decisions");
  const line = page.locator(".stitching-view:not([hidden]) .stitching-decisions li", {
    has: page.locator("[data-kind=failed-over]"),
  });
  await line.first().waitFor();
  const id = await poolId(red);
  const { decisions } = await json<DecisionPage>(red, `pools/${id}/decisions`);
  const over = decisions.filter(({ kind, from }) => kind === "failed-over" && from === host);
  assert(over.length > 0, `no decision tells of a slot that failed over from ${host}`);
  for (const { to, sessionId } of over) assert(to !== host && sessionId, `slots go back to ${host}`);
  await stage.shoot("sidebar-failover-decisions");
  const why = (await line.first().locator(".stitching-why").textContent()) ?? "";
  assert(why.includes(host), `its reason does not name ${host}: "${why}"`);
  await line.first().locator("button[data-link=node]").click();
  await line.first().locator("button[data-link=host]").click();
  const to = (await page.locator(`${PANEL} .stitching-host:focus h4`).textContent()) ?? "";
  assert(to !== "" && to !== host, `its host link leads to "${to}"`);
  await tab(page, "decisions");
  const session = line.first().locator("button[data-link=session]");
  const name = (await session.textContent()) ?? "";
  await session.click();
  await page.locator(".stitching-session .stitching-flag-failed-over").waitFor();
  return name;
}

/** SIGKILL of the host that owns most: gone, its sessions elsewhere and marked; started again, it is back. */
export async function checkKill(
  stage: SidebarStage,
  processes: ReadonlyMap<string, HostProcess>,
): Promise<void> {
  const { red, browser, shoot } = stage;
  const { page } = browser;
  await tab(page, "hosts");
  const [most] = (await snapshotOf(red)).hosts.toSorted((a, b) => b.slots - a.slots);
  const host = most?.host ?? "";
  const running = processes.get(host);
  assert(running && most && most.slots > 0, `${host} has no process, or owns nothing`);
  process.kill(running.pid, "SIGKILL");
  await eventually(`the tab shows that ${host} is gone`, NOTICED_MS, async () => {
    const { state, verdict } = await seen(stage, host);
    return /suspect|gone/.test(state) && verdict.startsWith(`${host} is not heard`);
  });
  await eventually("it owns nothing any more", NOTICED_MS, async () => {
    return (await snapshotOf(red)).hosts.find((one) => one.host === host)?.slots === 0;
  });
  await page.waitForFunction(`${card(host)}.find(".stitching-state-gone").length === 1`);
  const told = await ask<string>(page, `${card(host)}.find(".stitching-numbers, .stitching-facts").text()`);
  assert(!told.includes("%"), `what it had is told as if it still had it: ${told}`);
  await shoot("sidebar-host-gone");
  const name = await checkFailovers(stage, host);
  await shoot("sidebar-failover-session");
  const key = (await page.locator(".stitching-session .stitching-legend").textContent()) ?? "";
  assert(/failed over × \d/.test(key), `${name}: its marks are "${key}"`);
  await page.locator(".stitching-session .stitching-head button").click();
  await tab(page, "hosts");
  await checkReturn(stage, host, dirname(running.logFile));
}

async function checkReturn(stage: SidebarStage, host: string, folder: string): Promise<void> {
  const flow = JSON.parse(readFileSync(join(folder, host, "flows.json"), "utf8"));
  const env = { STITCH_HOST: host, STITCH_CAPACITY: CAPACITY };
  const back = await startRed({ name: host, folder, flow, env });
  try {
    await eventually(`the tab shows that ${host} is back`, BACK_MS, async () => {
      const { state, verdict } = await seen(stage, host);
      return state === "up" && !verdict.startsWith(`${host} is not heard`);
    });
    await stage.shoot("sidebar-host-back");
  } finally {
    await back.stop();
  }
}
