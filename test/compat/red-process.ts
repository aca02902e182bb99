/** One Node-RED in a process of its own, on a free loopback port, ended by its pid. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./checks.ts";

export interface RedOptions {
  /** The `node` that runs it. */
  readonly node: string;
  /** Folder of the installed `node-red` package. */
  readonly nodeRed: string;
  readonly userDir: string;
  /** What the test adds to settings.js. */
  readonly settings?: object;
  /** JavaScript that changes `settings`: what JSON can't say. */
  readonly code?: string;
}

export interface RedProcess {
  readonly url: string;
  /** What it printed so far. */
  log(): string;
  /** Answer of the admin API; throws on any status but 2xx. */
  get(path: string, accept?: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  stop(): Promise<void>;
  /** Without warning. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LISTENING = /now running at (http:\/\/127\.0\.0\.1:\d+)/;

function writeSettings({ userDir, settings, code = "" }: RedOptions): string {
  const path = join(userDir, "settings.cjs");
  const all = {
    uiHost: "127.0.0.1",
    uiPort: 0,
    flowFile: "flows.json",
    credentialSecret: "test",
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
    externalModules: { palette: { allowInstall: false } },
    ...settings,
  };
  writeFileSync(path, `const settings = ${JSON.stringify(all)};\n${code}\nmodule.exports = settings;\n`);
  return path;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await exited;
}

/** SIGTERM, and SIGKILL where that does not end it in time. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

async function answer(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.ok) return response;
  throw new Error(
    `${init.method ?? "GET"} ${new URL(url).pathname}: ${response.status} ${await response.text()}`,
  );
}

/** Resolves when the admin API listens. */
export async function startRed(options: RedOptions): Promise<RedProcess> {
  const args = [
    join(options.nodeRed, "red.js"),
    "--userDir",
    options.userDir,
    "--settings",
    writeSettings(options),
  ];
  const child = spawn(options.node, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // An example's store is in the home folder.
    env: { ...process.env, HOME: options.userDir },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  try {
    const url = await eventually("Node-RED listens", START_TIMEOUT_MS, () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      return LISTENING.exec(log)?.[1];
    });
    return {
      url,
      log: () => log,
      get: (path, accept = "application/json") => answer(url + path, { headers: { accept } }),
      post: (path, body, headers = {}) =>
        answer(url + path, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body),
        }),
      stop: () => end(child),
      kill: () => kill(child),
    };
  } catch (error) {
    await end(child);
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log.slice(-3000)}`);
  }
}
