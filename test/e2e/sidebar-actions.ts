/** What people may do from the sidebar: asked first, done, and only by whom it is permitted to. */
import type { OperatorAction, PoolSnapshot, SessionPage } from "../../src/adapters/monitor/views.ts";
import { eventually } from "../compat/checks.ts";
import { answer, ask, assert, json, poolId, type SidebarStage, tab } from "./sidebar-page.ts";

const PINNED_TO = "host-2";
const DRAINED = 2;
/** The fleet's cameras surge in turn: by then one host's load has to go elsewhere. */
const SURGE_MS = 90_000;

const snapshotOf = async (red: SidebarStage["red"]): Promise<PoolSnapshot> =>
  json<PoolSnapshot>(red, `pools/${await poolId(red)}`);

/** A "no" is one: nothing is asked of the runtime. */
async function refuse({ browser: { page } }: SidebarStage, press: () => Promise<void>): Promise<void> {
  const posted: string[] = [];
  const note = (request: { method(): string; url(): string }): void => {
    if (request.method() === "POST") posted.push(request.url());
  };
  page.on("request", note);
  await press();
  await answer(page, false);
  await page.waitForTimeout(200);
  page.off("request", note);
  assert(posted.length === 0, `it was done all the same: ${posted.join(", ")}`);
}

export async function checkPin(stage: SidebarStage): Promise<void> {
  const { red, browser } = stage;
  const { page } = browser;
  const session = (await page.locator(".stitching-session h3").textContent()) ?? "";
  await page.locator(".stitching-pin select").selectOption(PINNED_TO);
  const press = (): Promise<void> => page.locator(".stitching-pin button").click();
  await refuse(stage, press);
  await press();
  await answer(page, true);
  const id = await poolId(red);
  const row = async (): Promise<SessionPage["rows"][number] | undefined> =>
    (await json<SessionPage>(red, `pools/${id}/sessions?search=${encodeURIComponent(session)}`)).rows[0];
  await eventually("the session is at the host it was pinned to", 30_000, async () => {
    const found = await row();
    return found?.pinnedTo === PINNED_TO && found.shares[PINNED_TO] === 1;
  });
  await page.locator(".stitching-pin select").selectOption("");
  await press();
  await answer(page, true);
  await eventually("it is no longer pinned", 10_000, async () => (await row())?.pinnedTo === undefined);
  await page.locator(".stitching-session .stitching-head button").click();
  await page.fill(".stitching-sessions input", "");
}

export async function checkDrain(stage: SidebarStage): Promise<void> {
  const { red, browser } = stage;
  const { page } = browser;
  await tab(page, "hosts");
  const host = page.locator(".stitching-host").nth(DRAINED);
  const press = (): Promise<void> => host.locator(".stitching-head button").click();
  const before = (await snapshotOf(red)).hosts[DRAINED]?.state ?? "";
  await refuse(stage, press);
  await press();
  await answer(page, true);
  await eventually("the host is empty", 60_000, async () => {
    const found = (await snapshotOf(red)).hosts[DRAINED];
    return found?.state === "draining" && found.slots === 0;
  });
  await host.locator(".stitching-state-draining").waitFor();
  await press();
  await answer(page, true);
  await host.locator(`.stitching-state-${before}`).waitFor();
}

export async function checkToggles(stage: SidebarStage): Promise<void> {
  const { red, browser } = stage;
  const { page } = browser;
  for (const [index, field] of [
    [0, "isPaused"],
    [1, "isDryRun"],
  ] as const) {
    const press = (): Promise<void> => page.locator(".stitching-toolbar button").nth(index).click();
    await refuse(stage, press);
    for (const isOn of [true, false]) {
      await press();
      await answer(page, true);
      await eventually(`${field} is ${isOn}`, 5000, async () => (await snapshotOf(red))[field] === isOn);
      if (field === "isDryRun" && isOn) await seePlanned(stage);
      await page.waitForFunction(
        `$(".stitching-toolbar button").eq(${index}).attr("aria-pressed") === "${isOn}"`,
      );
    }
  }
}

/** In a dry run the decisions tell what would be done. */
async function seePlanned({ browser: { page } }: SidebarStage): Promise<void> {
  await tab(page, "decisions");
  await page
    .locator(".stitching-view:not([hidden]) [data-kind=planned]")
    .first()
    .waitFor({ timeout: SURGE_MS });
}

const ORDERS: Readonly<Record<OperatorAction, object>> = {
  drain: { host: "host-3", on: true },
  pin: { sessionId: "cam-1", host: "host-3" },
  pause: { on: true },
  "dry-run": { on: true },
};

/** Whoever may only look sees everything, can press nothing, and is refused when asking all the same. */
export async function checkViewer({ red, browser: { page }, shoot }: SidebarStage): Promise<void> {
  const before = await snapshotOf(red);
  await shoot("sidebar-viewer");
  const open = await ask<string[]>(
    page,
    `$(".stitching-toolbar button, .stitching-host .stitching-head button").not(":disabled").get().map((e) => e.textContent)`,
  );
  assert(open.length === 0, `can be pressed: ${open.join(", ")}`);
  const id = await poolId(red);
  for (const [action, body] of Object.entries(ORDERS)) {
    const status = await ask<number>(
      page,
      `new Promise((done) => $.ajax({ url: "session-stitching/pools/${id}/${action}", method: "POST", contentType: "application/json",
        data: ${JSON.stringify(JSON.stringify(body))} }).then(() => done(200), (failed) => done(failed.status)))`,
    );
    assert(status === 401 || status === 403, `${action} is answered by ${status}`);
  }
  const after = await snapshotOf(red);
  const state = ({ isPaused, isDryRun, hosts }: PoolSnapshot): string =>
    JSON.stringify([isPaused, isDryRun, hosts.map(({ isDrainAsked }) => isDrainAsked)]);
  assert(state(before) === state(after), `something was done: ${state(after)}`);
}

/** Nothing that changes anything: what is asked is off. */
const HARMLESS: Readonly<Record<OperatorAction, object>> = {
  drain: { host: "host-3", on: false },
  pin: { sessionId: "cam-1" },
  pause: { on: false },
  "dry-run": { on: false },
};

/** With one permission one action is done, and the three others are refused. */
export async function checkPermissions(
  id: string,
  post: (user: OperatorAction, path: string, body: object) => Promise<number>,
): Promise<void> {
  const actions = Object.keys(HARMLESS) as OperatorAction[];
  for (const user of actions)
    for (const action of actions) {
      const status = await post(user, `/session-stitching/pools/${id}/${action}`, HARMLESS[action]);
      const wanted = user === action ? status === 200 : status === 401 || status === 403;
      assert(wanted, `who may ${user} asks to ${action}: ${status}`);
    }
}
