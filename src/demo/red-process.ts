/**
 * One Node-RED in a process of its own, started by `processes.ts` with an IPC channel:
 * embeds node-red, tells the parent `started` or `failed`, and ends when the parent does.
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

export interface RedSettings {
  readonly userDir: string;
  /** Port of the editor, 0 = any free one; absent: no editor and no HTTP at all. */
  readonly editorPort?: number;
  /** Added to settings.js: plain JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export type RedReport =
  | { readonly type: "started"; readonly editorPort?: number }
  | { readonly type: "failed"; readonly reason: string };

interface RuntimeEvent {
  readonly id: string;
  readonly payload?: { readonly error?: string; readonly types?: readonly string[] };
}

const report = (message: RedReport): void => {
  if (process.connected) process.send?.(message);
};

function fail(reason: string): void {
  report({ type: "failed", reason });
  // Gives the report its way out first; the parent ends whoever lingers.
  setTimeout(() => process.exit(1), 200);
}

/** What keeps a flow from starting: missing node types, above all. */
function reasonOf({ id, payload }: RuntimeEvent): string | undefined {
  if (id !== "runtime-state" || !payload?.error) return undefined;
  const types = payload.types?.length ? `: ${payload.types.join(", ")}` : "";
  return `the flow did not start: ${payload.error}${types}`;
}

function settingsOf({ userDir, editorPort, more }: RedSettings): Record<string, unknown> {
  const hasEditor = editorPort !== undefined;
  return {
    userDir,
    flowFile: "flows.json",
    credentialSecret: false,
    httpAdminRoot: hasEditor ? "/" : false,
    httpNodeRoot: false,
    uiHost: "127.0.0.1",
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false }, multiplayer: { enabled: false } },
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: false },
      modules: { allowInstall: false },
    },
    diagnostics: { enabled: false, ui: false },
    logging: { console: { level: "info", metrics: false, audit: false } },
    ...more,
  };
}

function listen(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        new Error(`the editor can't listen on 127.0.0.1:${port}: ${taken ? "port in use" : error.message}`),
      );
    });
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** node-red is CommonJS, and its type package knows only part of what is needed here. */
interface Red {
  init(server: object | undefined, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly httpAdmin: (...args: unknown[]) => void;
  readonly events: NodeJS.EventEmitter;
}

async function run(settings: RedSettings): Promise<void> {
  const RED = createRequire(import.meta.url)("node-red") as Red;
  const server = settings.editorPort === undefined ? undefined : await listen(settings.editorPort);
  RED.init(server, settingsOf(settings));
  server?.on("request", RED.httpAdmin);
  const editorPort = server ? { editorPort: (server.address() as AddressInfo).port } : {};
  // Once only: every deploy in the editor starts the flows again.
  RED.events.once("flows:started", () => report({ type: "started", ...editorPort }));
  RED.events.on("runtime-event", (event: RuntimeEvent) => {
    const reason = reasonOf(event);
    if (reason) report({ type: "failed", reason });
  });
  process.on("SIGTERM", () => void RED.stop().finally(() => process.exit(0)));
  await RED.start();
}

// A terminal's Ctrl-C reaches the whole process group; the parent decides what ends when.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.once("message", (settings: RedSettings) => {
  run(settings).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
});
