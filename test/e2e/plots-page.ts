/** Example 5 as somebody outside the editor sees it: a page of plots that core nodes serve. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { eventually } from "../compat/checks.ts";
import { root } from "../compat/install.ts";
import { ask, assert, type SidebarStage } from "./sidebar-page.ts";

const PATH = "/stitching-plots";
/** From deploying to forecasts with a past before them. */
const FILLED_MS = 90_000;
const PAST = 15;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Line {
  readonly past: number;
  readonly ahead: number;
  readonly band: number;
}

async function checkPlots({ browser: { page } }: SidebarStage): Promise<void> {
  const points = (name: string): string =>
    `(figure.querySelector(".${name}").getAttribute("points") || "").split(" ").length`;
  const lines = await eventually("each plot has a past, a forecast and its band", FILLED_MS, async () => {
    const found = await ask<Line[]>(
      page,
      `Array.from(document.querySelectorAll("figure"), (figure) => ({ past: ${points("past")}, ahead: ${points("ahead")}, band: ${points("band")} }))`,
    );
    return found.length > 0 && found.every(({ past }) => past > PAST) ? found : undefined;
  });
  for (const { ahead, band } of lines)
    assert(ahead > 5 && band >= 2 * ahead, `${ahead} points, ${band} of the band`);
}

export async function checkPlotsPage(stage: SidebarStage, folder: string): Promise<void> {
  const { red, browser, checks } = stage;
  const { page } = browser;
  const flow: unknown = JSON.parse(readFileSync(join(root, "examples", "5-plots-page.json"), "utf8"));
  await page.goto("about:blank");
  await red.post("/flows", flow, { "Node-RED-Deployment-Type": "full" });
  const outside: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(red.url) && !/^(data|blob|about):/.test(request.url()))
      outside.push(request.url());
  });
  browser.takeErrors();
  await eventually("the page is served", 20_000, () => red.get(PATH, "text/html"));
  await page.goto(red.url + PATH);
  await checks.check("plots page: past, forecast and interval are drawn", () => checkPlots(stage));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `plots-page-${colorScheme}.png`) });
    await checks.check(`plots page: no serious fault of accessibility, ${colorScheme}`, async () => {
      await ask(page, axe);
      const faults = await ask<string[]>(
        page,
        `axe.run().then((r) => r.violations.filter((v) => /serious|critical/.test(v.impact)).map((v) => v.id + ": " + v.nodes[0].html))`,
      );
      assert(faults.length === 0, faults.join("\n"));
    });
  }
  await page.emulateMedia({ colorScheme: null });
  await checks.check("plots page: no error, no request outside", () => {
    const found = [...browser.takeErrors(), ...outside];
    assert(found.length === 0, found.join("\n"));
  });
}
