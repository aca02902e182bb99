/** The sidebar against a running main job: broker, gateway, three hosts and the fleet, as `npm start` runs them, with users. */
import { EventEmitter, once } from "node:events";
import { createRequire } from "node:module";
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";
import type { Checks } from "../compat/checks.ts";
import type { Browser } from "./browser.ts";
import * as actions from "./sidebar-actions.ts";
import { checkKill, type HostProcess } from "./sidebar-kill.ts";
import { assert, poolId, type SidebarStage } from "./sidebar-page.ts";
import * as use from "./sidebar-use.ts";
import * as views from "./sidebar-views.ts";

const START_MS = 180_000;
const ACTIONS = ["drain", "pin", "pause", "dry-run"] as const;
const LOOK = ["read", "session-stitching.read"];
const allOf = (actions: readonly string[]): string[] =>
  actions.map((action) => `session-stitching.${action}`);
/** Each user's password is its name. */
const USERS: Readonly<Record<string, readonly string[]>> = {
  operator: [...LOOK, ...allOf(ACTIONS)],
  viewer: LOOK,
  ...Object.fromEntries(ACTIONS.map((action) => [action, allOf(["read", action])])),
};

export interface MainJob {
  readonly url: string;
  /** Resolves with a camera's session when it was shifted: by then forecasts are trusted, and there is something to see. */
  readonly shifted: Promise<string>;
  /** Of the gateway and each host, by name. */
  readonly processes: ReadonlyMap<string, HostProcess>;
  stop(): Promise<void>;
}

/** Resolves when its editor listens. */
export async function startMainJob(
  gatewaySettings: Readonly<Record<string, unknown>> = {},
): Promise<MainJob> {
  const told = new EventEmitter();
  const end = new AbortController();
  const processes = new Map<string, HostProcess>();
  const print = (line: string): void => {
    const [, url] = /^Editor: (\S+)/.exec(line) ?? [];
    if (url) told.emit("editor", url);
    const [, name, pid, logFile] = /^(\S+): pid (\d+), log (.+)$/.exec(line) ?? [];
    if (name && logFile) processes.set(name, { pid: Number(pid), logFile });
    const [, session] = /^ +shifted (cam-\d+)/.exec(line) ?? [];
    if (session) told.emit("shifted", session);
  };
  const signal = AbortSignal.timeout(START_MS);
  const listening = once(told, "editor", { signal });
  const shifted = once(told, "shifted", { signal }).then(([session]) => session as string);
  shifted.catch(() => undefined);
  const options = parseOptions(["--port", "0", "--seed", "1"]);
  const run = runDemo({ options, print, signal: end.signal, gatewaySettings });
  run.catch((error: unknown) => told.emit("error", error));
  const stop = async (): Promise<void> => {
    end.abort();
    await run;
  };
  try {
    const [url] = (await listening) as [string];
    return { url: url.replace(/\/$/, ""), shifted, processes, stop };
  } catch (error) {
    end.abort();
    throw error;
  }
}

function adminAuth(): object {
  const bcrypt = createRequire(import.meta.url)("bcryptjs") as {
    hashSync(text: string, rounds: number): string;
  };
  const users = Object.entries(USERS).map(([username, permissions]) => ({
    username,
    password: bcrypt.hashSync(username, 4),
    permissions,
  }));
  return { type: "credentials", users };
}

/** The admin API, as one of the users. */
async function adminApi(url: string, username: string): Promise<SidebarStage["red"]> {
  const scope = USERS[username]?.join(" ");
  const grant = { client_id: "node-red-admin", grant_type: "password", username, password: username, scope };
  const post = (path: string, body: unknown, headers = {}): Promise<Response> =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const { access_token } = (await (await post("/auth/token", grant)).json()) as { access_token: string };
  const authorization = `Bearer ${access_token}`;
  return {
    url,
    get: (path, accept = "application/json") => fetch(url + path, { headers: { accept, authorization } }),
    post: (path, body, headers = {}) => post(path, body, { authorization, ...headers }),
  };
}

/** By the login of the editor. */
async function login(browser: Browser, url: string, user: string, language = "en-US"): Promise<void> {
  const { page } = browser;
  await page.goto(url);
  await page.evaluate(`localStorage.clear(); localStorage.setItem("editor-language", "${language}")`);
  await page.goto(url);
  await page.locator("#node-dialog-login-username").fill(user);
  await page.locator("#node-dialog-login-password").fill(user);
  await page.locator("#node-dialog-login-submit").click();
  await page.waitForFunction(
    "window.RED && RED.workspaces && RED.workspaces.active() && $('.red-ui-palette-node').length > 5",
  );
  // The login's own: the editor is refused, and so knows that it must ask.
  browser.takeErrors();
}

export interface MainJobStage {
  readonly browser: Browser;
  readonly checks: Checks;
  readonly shoot: (name: string) => Promise<void>;
}

export async function checkMainJob({ browser, checks, shoot }: MainJobStage): Promise<void> {
  let job: MainJob | undefined;
  await checks.check("main job: it starts", async () => {
    job = await startMainJob({ adminAuth: adminAuth() });
  });
  if (!job) return;
  const { url, shifted, processes } = job;
  try {
    const red = await adminApi(url, "operator");
    const stage: SidebarStage = { red, browser, checks, shoot };
    const check = (name: string, run: (stage: SidebarStage) => Promise<void>): Promise<void> =>
      checks.check(`main job: ${name}`, () => run(stage));
    const noErrors = async (): Promise<void> => {
      const errors = browser.takeErrors();
      assert(errors.length === 0, errors.join("\n"));
    };
    await login(browser, url, "operator");
    await check("the tab opens", views.openTab);
    let moved = "";
    await check("a session is moved ahead of its surge", async () => {
      moved = await shifted;
    });
    await check("the hosts' plots hold what the runtime says", views.checkPlots);
    await check("it says which host will saturate", views.checkVerdict);
    await check("it tells each host's health, capacity, latency and slots", views.checkFacts);
    await check("the sessions' table is the runtime's: search, order", views.checkSessions);
    await check("a session's plot is the runtime's, what happened to it is marked", (to) =>
      views.checkSession(to, moved),
    );
    await check("pin asks first, pins, and unpins", actions.checkPin);
    await check("drain asks first, empties the host, and ends", actions.checkDrain);
    await check("pause and dry run ask first, and switch", actions.checkToggles);
    await check("decisions are the runtime's and lead to node, session, host", views.checkDecisions);
    await check("asks at most twice a second, nothing outside, nothing while hidden", use.checkQuiet);
    await shoot("sidebar-hosts");
    await check("works by keyboard", use.checkKeyboard);
    await check("has no serious fault of accessibility", use.checkAccessible);
    await check("a killed host is told, with where its sessions went, and its return", (to) =>
      checkKill(to, processes),
    );
    await check("reports no error", noErrors);
    await check("each action has a permission of its own", async () => {
      const apis = new Map<string, SidebarStage["red"]>();
      for (const action of ACTIONS) apis.set(action, await adminApi(url, action));
      await actions.checkPermissions(await poolId(red), async (user, path, body) => {
        return (await apis.get(user)?.post(path, body))?.status ?? 0;
      });
    });
    await login(browser, url, "viewer", "de");
    await check("who may only look sees the hosts", views.openTab);
    await check("all of it is in German where the editor is", views.checkGerman);
    await check("reports no error to who may only look", noErrors);
    await check("who may only look can do nothing", actions.checkViewer);
  } finally {
    await browser.page.goto("about:blank");
    browser.takeErrors();
    await job.stop();
  }
}
