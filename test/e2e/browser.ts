/** A headless Chromium of the machine, and what went wrong in its page. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Nothing that phones home, nothing that needs a GPU or a large /dev/shm. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

export interface Browser {
  readonly page: Page;
  /** Console errors and uncaught exceptions since the last call. */
  takeErrors(): string[];
  close(): Promise<void>;
}

/** Path of Chromium, or undefined; `CHROMIUM` names another one. */
export function findChromium(): string | undefined {
  const { CHROMIUM } = process.env;
  return [...(CHROMIUM ? [CHROMIUM] : []), ...PLACES].find((path) => existsSync(path));
}

export async function openBrowser(executablePath: string, folder: string): Promise<Browser> {
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath,
    args: FLAGS,
    headless: true,
    viewport: { width: 1700, height: 1100 },
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(45_000);
  let errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(`uncaught: ${error.message}`));
  return {
    page,
    takeErrors() {
      const taken = errors;
      errors = [];
      return taken;
    },
    close: () => context.close(),
  };
}
