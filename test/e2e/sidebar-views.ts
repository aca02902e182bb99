/** What the sidebar's views show is what the runtime says. */
import { groupDecisions } from "../../src/adapters/monitor/decision-groups.ts";
import { inPercent, REASONS, reasonText } from "../../src/adapters/monitor/reasons.ts";
import { verdictOf } from "../../src/adapters/monitor/verdict.ts";
import type {
  DecisionPage,
  PoolSnapshot,
  SessionDetail,
  SessionPage,
} from "../../src/adapters/monitor/views.ts";
import { eventually } from "../compat/checks.ts";
import { nodeTypes } from "../compat/install.ts";
import { helpText } from "./editor.ts";
import { ask, assert, json, PANEL, poolId, type SidebarStage, tab } from "./sidebar-page.ts";

const MARKED = ["mirrored", "shifted", "failed-over"];
/** Points of a plot that are drawn, at least: its axes alone are fewer. */
const DRAWN = 1000;

interface Drawn {
  readonly name: string;
  /** Times in seconds; past, median, lower, upper. */
  readonly data: readonly (readonly (number | null)[])[];
  /** Points of its canvas that are not empty. */
  readonly drawn: number;
}

/** The plots below `within`, each with the title of its view. */
const plotsOf = (stage: SidebarStage, within: string, title: string): Promise<Drawn[]> =>
  ask(
    stage.browser.page,
    `$(${JSON.stringify(within)}).get().map((e) => {
      const plot = e.querySelector(".stitching-plot").plot;
      const { width, height } = plot.ctx.canvas;
      const pixels = plot.ctx.getImageData(0, 0, width, height).data;
      let drawn = 0;
      for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) drawn++;
      return { name: e.querySelector(${JSON.stringify(title)}).textContent, data: plot.data, drawn };
    })`,
  );

/** Column `column` of a plot without its gaps: [time in s, value]. */
function lineOf({ data }: Drawn, column: number): (readonly [number, number])[] {
  const [times = []] = data;
  return (data[column] ?? []).flatMap((value, i) =>
    typeof value === "number" ? [[times[i] as number, value] as const] : [],
  );
}

export async function openTab({ browser: { page } }: SidebarStage): Promise<void> {
  await ask(page, `RED.sidebar.show("session-stitching")`);
  // All of the side for it.
  await ask(
    page,
    `$("button[data-tab-id=debug].selected, button[data-tab-id=debug].active").trigger("click")`,
  );
  await page.locator(`${PANEL} .stitching-host`).first().waitFor();
}

/** Each host's plot: the very values that the runtime remembers, and the forecast that it makes. */
export async function checkPlots(stage: SidebarStage): Promise<void> {
  const { red } = stage;
  const plots = await eventually("each host has a plot with a past", 30_000, async () => {
    const found = await plotsOf(stage, ".stitching-host", "h4");
    return found.length === 3 && found.every((plot) => lineOf(plot, 1).length > 3) ? found : undefined;
  });
  const { history } = await json<PoolSnapshot>(red, `pools/${await poolId(red)}?since=0`);
  for (const plot of plots) {
    const { name, drawn } = plot;
    assert(drawn > DRAWN, `${name}: its canvas is empty (${drawn} points)`);
    const series = history.hosts.find(({ host }) => host === name);
    const known = new Map(
      series?.utilisation.map((value, i) => [(history.fromMs + i * history.stepMs) / 1000, value]),
    );
    const shown = lineOf(plot, 1);
    for (const [at, value] of shown)
      assert(known.get(at) === value, `${name} at ${at}: ${value}, not ${known.get(at)}`);
    const ahead = [2, 3, 4].map((column) => lineOf(plot, column));
    for (const line of ahead) assert(line.length > 10, `${name}: its forecast has ${line.length} values`);
    const end = (shown.at(-1) ?? [0])[0];
    assert((ahead[0]?.at(-1)?.[0] ?? 0) > end + 60, `${name}: its forecast does not run into the future`);
  }
  await checkForecast(stage);
}

/** Of each host: health, slots, latency, capacity; as the runtime has them. */
export async function checkFacts({ red, browser: { page } }: SidebarStage): Promise<void> {
  const id = await poolId(red);
  await eventually("each host's facts are the runtime's", 15_000, async () => {
    const { hosts } = await json<PoolSnapshot>(red, `pools/${id}`);
    const shown = await ask<string[]>(page, `$(".stitching-host").get().map((e) => $(e).text())`);
    return hosts.every(({ host, state, slots, isMeasured, latency }, i) => {
      const capacity = `${isMeasured ? "measured" : "declared"} capacity`;
      const wanted = [
        host,
        state,
        slots === 1 ? "1 slot" : `${slots} slots`,
        capacity,
        "loop delay",
        ...(latency ? ["latency", "p99"] : []),
      ];
      return latency !== undefined && wanted.every((text) => shown[i]?.includes(text));
    });
  });
}

/** The one sentence on top: which host will saturate, if any, as the runtime's numbers say. */
export async function checkVerdict({ red, browser: { page } }: SidebarStage): Promise<void> {
  const id = await poolId(red);
  await eventually("the verdict is of the runtime's numbers", 15_000, async () => {
    const { key, host = "" } = verdictOf(await json<PoolSnapshot>(red, `pools/${id}`));
    const text = await ask<string>(page, `$(".stitching-verdict").text()`);
    const calm = key === "fine" || key === "maybe" ? /^No host is expected to saturate/ : /./;
    return calm.test(text) && text.includes(host);
  });
}

/** The forecast that is drawn is what is still to come of the runtime's; both are made anew every few seconds. */
async function checkForecast(stage: SidebarStage): Promise<void> {
  const { red } = stage;
  const id = await poolId(red);
  await eventually("the drawn forecast is the runtime's", 15_000, async () => {
    const { forecast } = await json<PoolSnapshot>(red, `pools/${id}?since=0`);
    const plots = await plotsOf(stage, ".stitching-host", "h4");
    return plots.every((plot) => {
      const series = forecast.hosts.find(({ host }) => host === plot.name);
      const end = lineOf(plot, 1).at(-1)?.[0] ?? 0;
      const come = series?.median.filter(
        (_, i) => (forecast.atMs + i * forecast.stepMs) / 1000 <= end,
      ).length;
      const wanted = [series?.median, series?.lower, series?.upper];
      return wanted.every((line, i) => {
        const drawn = lineOf(plot, i + 2).map(([, value]) => value);
        return drawn.length > 10 && JSON.stringify(drawn) === JSON.stringify(line?.slice(come));
      });
    });
  });
}

/** The table: the runtime's page; its search and each column's order too; a row opens the session. */
export async function checkSessions(stage: SidebarStage): Promise<void> {
  const { red, shoot, browser } = stage;
  const { page } = browser;
  const id = await poolId(red);
  await tab(page, "sessions");
  await page.locator(".stitching-sessions tbody tr").first().waitFor();
  await shoot("sidebar-sessions");
  const shown = (): Promise<string[]> =>
    ask(page, `$(".stitching-sessions tbody tr .stitching-link").get().map((e) => e.textContent)`);
  const told = async (query: string): Promise<string[]> =>
    (await json<SessionPage>(red, `pools/${id}/sessions?${query}`)).rows.map((row) => row.id);
  const isSame = (query: string): Promise<unknown> =>
    eventually(`the table shows ${query}`, 10_000, async () => {
      return JSON.stringify(await shown()) === JSON.stringify(await told(query));
    });
  await page.locator(".stitching-column-id button").click();
  await isSame("sort=id&order=asc");
  await page.locator(".stitching-column-id button").click();
  await isSame("sort=id&order=desc");
  await page.fill(".stitching-sessions input", "cam-");
  await isSame("sort=id&order=desc&search=cam-");
  assert((await shown()).length === 2, `${(await shown()).length} sessions are found, not 2`);
}

/** A session's own view: its curve is the runtime's, and so is what is said of it. */
export async function checkSession(stage: SidebarStage, session: string): Promise<void> {
  const { red, browser, shoot } = stage;
  const { page } = browser;
  // The one that was moved ahead of its surge.
  await page.locator(".stitching-sessions tbody button", { hasText: session }).click();
  await page.locator(".stitching-session canvas").waitFor();
  await page.waitForFunction(`$(".stitching-session dd").length > 5`);
  const id = await poolId(red);
  await eventually("the session's plot is the runtime's", 20_000, async () => {
    const [plot] = await plotsOf(stage, ".stitching-session", "h3");
    assert(plot, "it is not there");
    assert(plot.drawn > DRAWN, `its canvas is empty (${plot.drawn} points)`);
    const query = `session=${encodeURIComponent(plot.name)}`;
    const { history, forecast, marks } = await json<SessionDetail>(red, `pools/${id}/session?${query}`);
    const known = history.messages.flatMap((value, i) =>
      value === null ? [] : [[(history.fromMs + i * history.stepMs) / 1000, value]],
    );
    const past = lineOf(plot, 1);
    // What is drawn may be a step older.
    const isPast = past.length > 1 && JSON.stringify(known).includes(JSON.stringify(past).slice(1, -1));
    const isAhead = [forecast?.messages.median, forecast?.messages.lower, forecast?.messages.upper].every(
      (line, i) => JSON.stringify(lineOf(plot, i + 2).map(([, value]) => value)) === JSON.stringify(line),
    );
    const key = await ask<string>(page, `$(".stitching-session .stitching-legend").text()`);
    const isMarked = MARKED.every((kind) => {
      const count = marks.filter((mark) => mark.kind === kind && mark.atMs >= history.fromMs).length;
      const text = `${kind.replace("-", " ")} × ${count}`;
      return count === 0 ? !key.includes(kind.replace("-", " ")) : key.includes(text);
    });
    return forecast !== undefined && isPast && isAhead && isMarked;
  });
  await shoot("sidebar-session");
}

/** The runtime's own words, with shares in percent. */
const inWords = (reason: string): string => {
  const tell = inPercent((key, values) =>
    (REASONS[key.replace("reason.", "")] ?? "").replace(/\{#?(\w+)\}/g, (_, name) => values[name] ?? ""),
  );
  return reasonText(tell, reason);
};

/**
 * Each decision that is listed is the runtime's, newest first, and leads to its node, session and host. The planner is
 * paused meanwhile: where something is decided all the time the list is never that of the moment.
 */
export async function checkDecisions({ red, browser: { page }, shoot }: SidebarStage): Promise<void> {
  await tab(page, "decisions");
  const view = ".stitching-view:not([hidden])";
  await page.locator(`${view} .stitching-decisions li`).first().waitFor();
  const id = await poolId(red);
  const pause = async (on: boolean): Promise<void> => {
    const { status } = await red.post(`/session-stitching/pools/${id}/pause`, { on });
    if (status >= 300) throw new Error(`pause: ${on} answered ${status}`);
  };
  await pause(true);
  await eventually("the decisions are the runtime's", 20_000, async () => {
    const { decisions } = await json<DecisionPage>(red, `pools/${id}/decisions`);
    const shown = await ask<string[]>(
      page,
      `$("${view} .stitching-decisions .stitching-why").get().map((e) => e.textContent)`,
    );
    // The oldest line may go on beyond what was asked for.
    for (const [i, { decision }] of groupDecisions(decisions).entries()) {
      const words = inWords(decision.reason);
      if (!shown[i]?.startsWith(words)) throw new Error(`line ${i} is "${shown[i]}", not "${words}"`);
    }
    return shown.length > 0;
  });
  await pause(false);
  await shoot("sidebar-decisions");
  await page.locator(`${view} li button[data-kind]`).first().click();
  await page.waitForFunction(
    `RED.nodes.filterNodes({ type: "session-stitch" }).some((n) => n.highlighted || n.selected)`,
  );
  await page.locator(`${view} li button[data-link=session]:not([hidden])`).first().click();
  await page.locator(".stitching-session canvas").waitFor();
  await page.locator(".stitching-session .stitching-head button").click();
  await tab(page, "decisions");
  await page.locator(`${view} li button[data-link=host]:not([hidden])`).first().click();
  await page.locator(`${PANEL} .stitching-host:focus`).waitFor();
}

/** English words of the sidebar and of the runtime's reasons; of the help, which quotes such a reason. */
const ENGLISH = /\b(Sessions|Decisions|capacity|Pause planner|threshold|peak|adds|moved|loss|order)\b/;
const ENGLISH_HELP = /\b(Inputs|Outputs|References|without|which|its|are)\b/;
const GERMAN: Readonly<Record<string, readonly string[]>> = {
  hosts: ["Sitzungen", "Entscheidungen", "Kapazität", "Planer anhalten", "Schwelle"],
  sessions: ["Muster", "Güte", "Datentypen", "Priorität", "Was geschah"],
  decisions: ["verschoben nach"],
};

/** Where the editor is in German all of it is: each view, an opened session, the runtime's reasons, each type's help. */
export async function checkGerman({ browser: { page } }: SidebarStage): Promise<void> {
  const isGerman = (text: string, where: string, words: readonly string[], not = ENGLISH): void => {
    for (const word of words) assert(text.includes(word), `${where}: no "${word}" in: ${text.slice(0, 300)}`);
    const english = not.exec(text);
    assert(!english, `${where}: "${english?.[0]}" is left in English`);
  };
  for (const [view, words] of Object.entries(GERMAN)) {
    await tab(page, view);
    if (view === "sessions") {
      await page.locator(".stitching-sessions tbody button", { hasText: "cam-" }).first().click();
      await page.waitForFunction(`$(".stitching-session dd").length > 5`);
    }
    if (view === "decisions")
      await page.locator(".stitching-view:not([hidden]) .stitching-decisions li").first().waitFor();
    isGerman(await ask(page, `$("${PANEL}").text()`), view, words);
  }
  for (const type of nodeTypes)
    isGerman(await helpText(page, type), `help of ${type}`, ["Referenzen"], ENGLISH_HELP);
  await ask(page, `RED.sidebar.show("session-stitching")`);
  await tab(page, "hosts");
}
