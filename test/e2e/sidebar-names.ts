/** Names that come from devices are text wherever they are shown, whatever is in them; and deploys while one looks. */
import { eventually } from "../compat/checks.ts";
import { openEditor } from "./editor.ts";
import { answer, ask, assert, PANEL, type SidebarStage, tab } from "./sidebar-page.ts";
import { openTab } from "./sidebar-views.ts";

interface NamesStage extends SidebarStage {
  readonly flow: readonly object[];
}

/** Would set `window.evil` if it became an element. */
const evil = (what: string): string => `<img src=x onerror="window.evil='${what}'">${what}</textarea><b>`;
/** The runtime takes no host of another name than letters, digits, `.`, `_` and `-`. */
const HOST = "host-1";
const DEVICES = [evil("device"), "{reason}; {host} is gone", "__proto__", "a/b+c#$d", "ü".repeat(60)];

/** The flow with such names in place of its devices' and hosts'. */
function evilFlow(flow: readonly object[]): object[] {
  const func = `return [${JSON.stringify(DEVICES)}.map((device) => ({ device, topic: device, payload: 1 }))];`;
  const changes: Readonly<Record<string, object>> = {
    "session-pool": { name: evil("pool") },
    "session-profile": { slotKey: "", slotKeyType: "none", slots: "1" },
    "session-route": { wires: [[], [], [], []] },
  };
  return (flow as readonly { type: string; name?: string }[]).map((node) => {
    if (node.type === "function" && node.name === "15 devices") return { ...node, func };
    return { ...node, ...changes[node.type] };
  });
}

/** What was made of a name; a name that is shown by the editor itself counts as well. */
async function isText({ browser: { page } }: NamesStage, where: string): Promise<void> {
  const found = await ask<{ evil?: string; made: number }>(
    page,
    `({ evil: window.evil, made: $("img[src=x]").length })`,
  );
  assert(found.evil === undefined && found.made === 0, `${where}: a name became an element (${found.evil})`);
}

/** Asks by an action and says no; the question has the name in it, as it is. */
async function question(stage: NamesStage, button: string, name: string): Promise<void> {
  const { page } = stage.browser;
  await page.locator(button).first().click();
  const asked = page.locator(".red-ui-notification", { hasText: "?" }).last();
  const text = (await asked.textContent()) ?? "";
  assert(text.includes(name), `the question does not name it: "${text}"`);
  await isText(stage, "question");
  await answer(page, false);
  await asked.waitFor({ state: "detached" });
}

export async function checkNames(stage: NamesStage): Promise<void> {
  const { red, browser, shoot } = stage;
  const { page } = browser;
  await page.goto("about:blank");
  await red.post("/flows", evilFlow(stage.flow), { "Node-RED-Deployment-Type": "full" });
  await openEditor(page, red.url);
  await openTab(stage);
  await tab(page, "sessions");
  await eventually("each device has a session", 15_000, async () => {
    const ids = await ask<string[]>(
      page,
      `$(".stitching-sessions tbody .stitching-link").get().map((e) => e.title)`,
    );
    return DEVICES.every((device) => ids.includes(device));
  });
  await shoot("sidebar-names-sessions");
  for (const device of DEVICES) {
    await ask(
      page,
      `$(".stitching-sessions tbody .stitching-link").filter((_, e) => e.title === ${JSON.stringify(device)}).trigger("click")`,
    );
    await eventually(`the session ${device} opens`, 5000, () =>
      ask<boolean>(
        page,
        `$(".stitching-session h3").text() === ${JSON.stringify(device)} && $(".stitching-session dd").length > 5`,
      ),
    );
    if (device === DEVICES[0]) {
      await page.locator(".stitching-pin select").selectOption(HOST);
      await question(stage, ".stitching-pin button", device);
      await shoot("sidebar-names-session");
    }
    await page.locator(".stitching-session .stitching-head button").first().click();
  }
  await tab(page, "decisions");
  await page.waitForTimeout(1000);
  await isText(stage, PANEL);
}

/** A deploy, by whomever, while one looks: the tab goes on with what runs then. */
export async function checkRedeploy(stage: NamesStage): Promise<void> {
  const { red, browser, flow } = stage;
  const { page } = browser;
  for (const times of [1, 2]) {
    const rev = { "Node-RED-Deployment-Type": "full" };
    await red.post("/flows", times === 1 ? [] : flow, rev);
    const wanted =
      times === 1
        ? `$("${PANEL} > .stitching-empty").is(":visible")`
        : `$(".stitching-host h4").first().text() === "host-1" && $("${PANEL} .stitching-tabs").is(":visible")`;
    await eventually(times === 1 ? "it tells that no pool runs" : "the new hosts are shown", 20_000, () =>
      ask<boolean>(page, wanted),
    );
    if (times === 2) await tab(page, "hosts");
  }
  await eventually("the plots go on", 20_000, () =>
    ask<boolean>(page, `$(".stitching-host canvas").length === 3`),
  );
  // The browser tells of each answer "no such pool"; of nothing else.
  const errors = browser.takeErrors().filter((error) => !/404.*\/session-stitching\/pools\//.test(error));
  assert(errors.length === 0, errors.join("\n"));
}
