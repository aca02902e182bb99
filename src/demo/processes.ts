import { type ChildProcess, fork } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FlowNode } from "./flows.ts";
import type { RedReport, RedSettings } from "./red-process.ts";

export interface RedOptions {
  /** "gateway", "host-1", …: names its folder, its log and its errors. */
  readonly name: string;
  /** Folder of the run; the user directory is made within. */
  readonly folder: string;
  readonly flow: readonly FlowNode[];
  /** Environment variables besides the parent's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly editorPort?: number;
  /** Added to settings.js: plain JSON. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
}

export interface RedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** The editor's port, where it has one. */
  readonly editorPort: number | undefined;
  /** Told to end, by `stop` or `kill`. */
  readonly isStopped: boolean;
  /** Resolves when the process has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** SIGKILL, as a power cut would. */
  kill(): void;
  /** Asks the runtime to stop, and ends the process if it lingers. */
  stop(): Promise<void>;
}

/** Loading node-red takes some 3 s, and far longer on a busy small machine. */
const START_DEADLINE_MS = 120_000;
/** A closing node may take 15 s by Node-RED's rules; a demo need not wait for it. */
const STOP_DEADLINE_MS = 4_000;

const paletteRoot = fileURLToPath(new URL("../..", import.meta.url));
const launcher = fileURLToPath(new URL("red-process.ts", import.meta.url));
const palette = "@iot-stitch/node-red-session-stitching";

/** A user directory in which the palette is found as an installed package. */
function makeUserDirectory(folder: string, name: string, flow: readonly FlowNode[]): string {
  const userDir = join(folder, name);
  const link = join(userDir, "node_modules", palette);
  mkdirSync(dirname(link), { recursive: true });
  // A process that is started again finds what it left.
  if (!existsSync(link)) symlinkSync(paletteRoot, link, "junction");
  const dependencies = { [palette]: "*" };
  writeFileSync(join(userDir, "package.json"), JSON.stringify({ name: "demo", private: true, dependencies }));
  writeFileSync(join(userDir, "flows.json"), JSON.stringify(flow, undefined, 2));
  return userDir;
}

/** Last lines of a log, for an error message. */
export function tail(file: string, lines = 12): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}

function spawnRed({ name, folder, flow, env }: RedOptions): {
  child: ChildProcess;
  userDir: string;
  logFile: string;
} {
  const userDir = makeUserDirectory(folder, name, flow);
  const logFile = join(folder, `${basename(name)}.log`);
  const log = openSync(logFile, "a");
  try {
    const stdio: ("ignore" | "ipc" | number)[] = ["ignore", log, log, "ipc"];
    // Not the parent's own flags (a test runner's, say); no login, no colours in the file.
    const child = fork(launcher, [], { stdio, execArgv: [], cwd: userDir, env: { ...process.env, ...env } });
    return { child, userDir, logFile };
  } finally {
    closeSync(log);
  }
}

/** The child's word that it runs, or why not: its own reason, its exit, the deadline. */
function started(
  child: ChildProcess,
  settings: RedSettings,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const seconds = START_DEADLINE_MS / 1000;
    const deadline = setTimeout(
      () => reject(new Error(`not started within ${seconds} s`)),
      START_DEADLINE_MS,
    );
    const settle = (act: () => void): void => {
      clearTimeout(deadline);
      act();
    };
    child.on("message", (report: RedReport) => {
      if (report.type === "started") settle(() => resolve(report.editorPort));
      else settle(() => reject(new Error(report.reason)));
    });
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code, signal) =>
      settle(() => reject(new Error(`ended early (${signal ?? `exit code ${code}`})`))),
    );
    signal?.addEventListener("abort", () => settle(() => reject(new Error("start given up"))), {
      once: true,
    });
    child.send(settings, (error) => error && settle(() => reject(error)));
  });
}

function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  if (hasEnded) return ended;
  child.kill("SIGTERM");
  const deadline = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
  return ended.finally(() => clearTimeout(deadline));
}

/** Starts a Node-RED process; resolves when its flow runs. On failure it has ended, and the error shows its log. */
export async function startRed(options: RedOptions): Promise<RedProcess> {
  const { child, userDir, logFile } = spawnRed(options);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const { editorPort: port, settings: more } = options;
  const settings = {
    userDir,
    ...(port === undefined ? undefined : { editorPort: port }),
    ...(more === undefined ? undefined : { more }),
  };
  let isStopped = false;
  const end = <T>(by: () => T): T => {
    isStopped = true;
    return by();
  };
  try {
    const editorPort = await started(child, settings, options.signal);
    return {
      name: options.name,
      pid: child.pid ?? 0,
      logFile,
      editorPort,
      get isStopped() {
        return isStopped;
      },
      ended,
      kill: () => end(() => void child.kill("SIGKILL")),
      stop: () => end(() => stop(child, ended)),
    };
  } catch (cause) {
    child.kill("SIGKILL");
    await ended;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${options.name}: ${reason}\n${tail(logFile)}`, { cause });
  }
}
