/**
 * What an open sidebar costs the runtime: a gateway of 10,000 sessions with forecasts, whose admin routes another process
 * asks as the tab does. The CPU and loop delay of this process while it is open, against while it is closed, in turns:
 * what the closed phases differ by among each other is the noise.
 */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import {
  type AdminHandler,
  type AdminResponse,
  addAdminRoutes,
} from "../../src/adapters/monitor/admin-routes.ts";
import { MonitoredPool } from "../support/monitored-pool.ts";
import { profileLike } from "../support/session-profiles.ts";
import { type Figure, median, report, roundsWanted } from "./harness.ts";

const SESSIONS = 10_000;
const PHASE_MS = 8000;
const ROUNDS = 4;
/** Below it, a loop delay is the timer's own resolution. */
const LEAST_NOISE_MS = 0.5;
/** As the tab asks, at its busiest: a snapshot each second, a page of sessions every other. */
const CLIENT = `
const [root] = process.argv.slice(1);
let since = 0, bytes = 0, seconds = 0;
let isOpen = false;
process.on("message", (open) => (isOpen = open));
setInterval(async () => {
  if (!isOpen) return;
  const ask = async (path) => { const text = await (await fetch(root + path)).text(); bytes += text.length; return text; };
  const { history } = JSON.parse(await ask("/pools/pool-1?since=" + since));
  since = history.fromMs + history.stepMs * (history.hosts[0].utilisation.length - 1);
  if (seconds++ % 2) await ask("/pools/pool-1/sessions?sort=peak&order=desc&page=3&size=50&search=");
  process.send({ bytes, seconds });
}, 1000);
`;

type Routes = Map<string, AdminHandler>;

function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const handler = routes.get(`/session-stitching${pathname.replace("pool-1", ":id")}`);
  const out: AdminResponse = {
    status(code) {
      response.statusCode = code;
      return out;
    },
    set(name, value) {
      response.setHeader(name, value);
      return out;
    },
    json: (value) => response.end(JSON.stringify(value)),
    send: (text) => response.end(text),
  };
  if (!handler) throw new Error(`no route ${pathname}`);
  handler({ params: { id: "pool-1" }, query: Object.fromEntries(searchParams), headers: {} }, out);
}

interface Phase {
  /** Share of a core. */
  readonly cpu: number;
  /** p99 of the loop's delay. */
  readonly delayMs: number;
}

async function phase(): Promise<Phase> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  await new Promise((next) => setTimeout(next, PHASE_MS));
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  return { cpu: (user + system) / 1000 / PHASE_MS, delayMs: delay.percentile(99) / 1e6 };
}

const pool = new MonitoredPool({ stepMs: 3_600_000 });
const advance = setInterval(() => pool.clock.advance(100), 100);
const messages = Array.from({ length: 30 }, (_, i) => 0.001 * (i + 1));
for (let i = 0; i < SESSIONS; i++) {
  const sessionId = `device-${i}`;
  pool.take(sessionId);
  pool.sessions.entry(sessionId).profile = profileLike({ sessionId, atMs: pool.clock.now(), messages });
}
const routes: Routes = new Map();
addAdminRoutes(
  { get: (path, _, handler) => routes.set(path, handler), post: () => undefined },
  new Map([["pool-1", pool.monitor]]),
);
const server = createServer((request, response) => answer(routes, request, response));
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = spawn(process.execPath, ["-e", CLIENT, root], {
  stdio: ["ignore", "inherit", "inherit", "ipc"],
});
let asked = { bytes: 0, seconds: 1 };
client.on("message", (message) => {
  asked = message as typeof asked;
});
const [closed, open]: Phase[][] = [[], []];
for (let i = 0; i < roundsWanted(ROUNDS); i++)
  for (const [isOpen, phases] of [
    [false, closed],
    [true, open],
  ] as const) {
    client.send(isOpen);
    await new Promise((next) => setTimeout(next, 1000));
    phases?.push(await phase());
  }
client.kill();
server.close();
clearInterval(advance);
await pool.close();
const cpu = (phases: readonly Phase[] = []): number[] => phases.map((one) => one.cpu * 100);
const delay = (phases: readonly Phase[] = []): number[] => phases.map(({ delayMs }) => delayMs);
const noiseMs = Math.max(LEAST_NOISE_MS, Math.max(...delay(closed)) - Math.min(...delay(closed)));
const of = (name: string, rounds: readonly number[], unit: string): Figure => ({
  name,
  value: median(rounds),
  unit,
  rounds,
});
const more = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value - (b[i] ?? 0));
const figures: Figure[] = [
  {
    ...of("sidebar, open: CPU above closed", more(cpu(open), cpu(closed)), "% of a core"),
    goal: 3,
    goalIs: "at-most",
  },
  of("sidebar, closed: CPU", cpu(closed), "% of a core"),
  of("sidebar, open: loop delay p99", delay(open), "ms"),
  of("sidebar, closed: loop delay p99", delay(closed), "ms"),
  {
    ...of(
      "sidebar, open: loop delay p99 above closed (goal: the noise)",
      more(delay(open), delay(closed)),
      "ms",
    ),
    goal: noiseMs,
    goalIs: "at-most",
  },
  {
    name: "sidebar, open: bytes",
    value: asked.bytes / asked.seconds / 1000,
    unit: "kB/s",
    goal: 30,
    goalIs: "at-most",
  },
];
report(figures);
