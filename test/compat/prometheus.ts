/**
 * `npm run test:prometheus`: a real Prometheus scrapes a running pool and loads the alert rules. What an operator
 * would find out on the first day: the address, the format, names and units, the rules' expressions, the dashboard's.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExample } from "../../src/demo/flows.ts";
import { Checks, eventually } from "./checks.ts";
import { freshFolder, installTarball, packPalette, root } from "./install.ts";
import { type RedProcess, startRed } from "./red-process.ts";

const METRICS = "/session-stitching/metrics";
const READY_MS = 20_000;
const monitoring = join(root, "resources", "monitoring");

type Value = readonly [atSec: number, value: string];
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: Value;
}

function assert(claim: unknown, text: string): asserts claim {
  if (!claim) throw new Error(text);
}

function isInstalled(): boolean {
  try {
    for (const program of ["prometheus", "promtool"]) execFileSync(program, ["--version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

const promtool = (args: readonly string[], input = ""): string =>
  execFileSync("promtool", args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });

/** A port that was free a moment ago: Prometheus does not tell which one it took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

/** One Prometheus, ended by its pid. */
class Prometheus {
  readonly url: string;
  readonly #child: ChildProcess;
  log = "";

  constructor(folder: string, port: number, target: string) {
    copyFileSync(join(monitoring, "alerts.yml"), join(folder, "alerts.yml"));
    const config = join(folder, "prometheus.yml");
    const job = { job_name: "session-stitching", metrics_path: METRICS };
    const scrape = { ...job, static_configs: [{ targets: [target] }] };
    const every = { scrape_interval: "1s", evaluation_interval: "1s" };
    // YAML reads JSON.
    writeFileSync(
      config,
      JSON.stringify({ global: every, rule_files: ["alerts.yml"], scrape_configs: [scrape] }),
    );
    promtool(["check", "config", config]);
    this.url = `http://127.0.0.1:${port}`;
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "tsdb")}`];
    const listen = `--web.listen-address=127.0.0.1:${port}`;
    this.#child = spawn("prometheus", [...args, listen], { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
  }

  async ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    assert(status === "success", `${path}: ${error}`);
    return data;
  }

  async query(expression: string): Promise<readonly Series[]> {
    return (await this.ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expression)}`)).result;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** Every expression of the dashboard, its variables set. */
function dashboardExpressions(): readonly string[] {
  const text = readFileSync(join(monitoring, "grafana-dashboard.json"), "utf8");
  const found = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted = '""']) => JSON.parse(quoted) as string,
  );
  return found.map((expression) =>
    expression.replaceAll("$__rate_interval", "1m").replace(/\$\{?\w+(?::\w+)?\}?/g, ".*"),
  );
}

async function checkUp(prometheus: Prometheus): Promise<void> {
  await eventually("the target is up", READY_MS, async () => {
    const { activeTargets } = await prometheus.ask<{
      activeTargets: { health: string; lastError: string }[];
    }>("targets");
    const [target] = activeTargets;
    assert(!target?.lastError, target?.lastError ?? "");
    return target?.health === "up";
  });
}

async function checkRules(prometheus: Prometheus): Promise<void> {
  await eventually("each rule is evaluated", READY_MS, async () => {
    const { groups } = await prometheus.ask<{
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    }>("rules");
    const rules = groups.flatMap((group) => group.rules);
    for (const { name, lastError } of rules) assert(!lastError, `${name}: ${lastError}`);
    return rules.length >= 6 && rules.every(({ health }) => health === "ok");
  });
}

/** Within a scrape's age: what Prometheus holds is what the hosts' shares say. */
async function checkValues(prometheus: Prometheus): Promise<void> {
  const hosts = await eventually("a load for each host", READY_MS, async () => {
    const found = await prometheus.query("session_stitching_host_messages_per_second > 0");
    return found.length === 3 ? found : undefined;
  });
  const names = hosts.map(({ metric }) => metric["host"] ?? "").toSorted();
  assert(names.join() === "host-1,host-2,host-3", `hosts are ${names.join()}`);
  await eventually("each host's latency", READY_MS, async () => {
    const [expression = ""] = dashboardExpressions().filter((text) => text.includes("histogram_quantile"));
    const found = await prometheus.query(expression);
    return found.length === 3 && found.every(({ value }) => Number(value[1]) > 0);
  });
  const [sessions] = await prometheus.query("sum(session_stitching_sessions)");
  assert(sessions?.value[1] === "15", `${sessions?.value[1]} sessions, not 15`);
}

/** An expression that finds nothing may be right (nothing failed); one that names an unknown metric is not. */
async function checkDashboard(prometheus: Prometheus): Promise<void> {
  const expressions = dashboardExpressions();
  assert(expressions.length >= 5, `${expressions.length} expressions`);
  const known = await prometheus.ask<string[]>("label/__name__/values");
  for (const expression of expressions) {
    await prometheus.query(expression);
    for (const [name] of expression.matchAll(/session_stitching_\w+/g))
      assert(known.includes(name) || MAY_BE_ABSENT.has(name), `${name} of the dashboard is not there`);
  }
}

/** What wired hosts have no heartbeat for. */
const MAY_BE_ABSENT: ReadonlySet<string> = new Set([
  "session_stitching_host_pending_messages",
  "session_stitching_host_event_loop_delay_p99_seconds",
  "session_stitching_host_cpu_ratio",
  "session_stitching_host_memory_bytes",
]);

async function run(checks: Checks, folder: string, red: RedProcess): Promise<void> {
  await red.post("/flows", readExample("1-quick-start"), { "Node-RED-Deployment-Type": "full" });
  await checks.check("promtool: the alert rules are valid", () =>
    promtool(["check", "rules", join(monitoring, "alerts.yml")]),
  );
  await checks.check("promtool: names, units and texts are by the conventions", async () => {
    const text = await eventually("metrics of three hosts", READY_MS, async () => {
      const metrics = await (await red.get(METRICS, "text/plain")).text();
      return metrics.includes('host="host-3"') ? metrics : undefined;
    });
    promtool(["check", "metrics"], text);
  });
  const prometheus = new Prometheus(folder, await freePort(), new URL(red.url).host);
  try {
    await checks.check("Prometheus: its target is up", () => checkUp(prometheus));
    await checks.check("Prometheus: the rules load and are evaluated", () => checkRules(prometheus));
    await checks.check("Prometheus: it knows each host and session count", () => checkValues(prometheus));
    await checks.check("Prometheus: it answers the dashboard's questions", () => checkDashboard(prometheus));
    await checks.check("Prometheus: it logs no error", () => {
      const errors = prometheus.log.split("\n").filter((line) => /level=(error|warn)/.test(line));
      assert(errors.length === 0, errors.slice(0, 5).join("\n"));
    });
  } finally {
    await prometheus.stop();
  }
}

async function main(): Promise<void> {
  const checks = new Checks();
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  let red: RedProcess | undefined;
  try {
    const userDir = freshFolder(folder, "user");
    installTarball(userDir, packPalette(folder));
    red = await startRed({
      node: process.execPath,
      nodeRed: join(root, "node_modules", "node-red"),
      userDir,
    });
    await run(checks, folder, red);
  } catch (error) {
    await checks.check("preparation", () => {
      throw error;
    });
  } finally {
    await red?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  checks.sumUp();
}

if (isInstalled()) await main();
else {
  console.log(
    "SKIPPED: no prometheus and promtool found, nothing was checked. Debian: apt-get install prometheus",
  );
  if (process.env["CI"]) process.exitCode = 1;
}
