/** What the stages that look at the sidebar share. */
import type { Page } from "playwright-core";
import type { Checks } from "../compat/checks.ts";
import type { RedProcess } from "../compat/red-process.ts";
import type { Browser } from "./browser.ts";

export interface SidebarStage {
  readonly red: Pick<RedProcess, "url" | "get" | "post">;
  readonly browser: Browser;
  readonly checks: Checks;
  readonly shoot: (name: string) => Promise<void>;
}

export const PANEL = ".stitching-panel";

export function assert(claim: unknown, text: string): asserts claim {
  if (!claim) throw new Error(text);
}

/** Runs in the page. */
export const ask = <T>(page: Page, code: string): Promise<T> => page.evaluate(code) as Promise<T>;

export const json = async <T>(red: SidebarStage["red"], path: string): Promise<T> =>
  (await (await red.get(`/session-stitching/${path}`)).json()) as T;

export async function poolId(red: SidebarStage["red"]): Promise<string> {
  const { pools } = await json<{ pools: { id: string; isGateway: boolean }[] }>(red, "pools");
  return pools.find(({ isGateway }) => isGateway)?.id ?? "";
}

export const tab = (page: Page, name: string): Promise<void> => page.click(`#stitching-tab-${name}`);

/** Answers the question that an action asks; it must ask. */
export async function answer(page: Page, yes: boolean): Promise<void> {
  const buttons = page.locator(".red-ui-notification", { hasText: "?" }).last().locator("button");
  await (yes ? buttons.last() : buttons.first()).click();
}
