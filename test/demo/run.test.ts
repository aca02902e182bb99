import assert from "node:assert/strict";
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";
import { standInGateway, standInHost } from "./stand-in-flows.ts";

const examples = { gateway: standInGateway, host: standInHost };
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly pids: readonly number[];
  readonly folder: string;
  readonly lines: readonly string[];
}

const startStandIn = (...args: string[]): Promise<Started> =>
  started(
    spawn(process.execPath, [script("stand-in-main.ts"), "--hosts", "2", ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );

/** Resolves when its fleet is on the way. */
async function started(child: ChildProcessByStdio<null, Readable, null>): Promise<Started> {
  const lines: string[] = [];
  const pids: number[] = [];
  let folder = "";
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    const [, pid, log] = /: pid (\d+), log (.*)$/u.exec(line) ?? [];
    if (pid) pids.push(Number(pid));
    if (log) folder = dirname(log);
    if (/^\d\d:\d\d /u.test(line)) break;
  }
  return { child, pids, folder, lines };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function ended(pids: readonly number[]): Promise<void> {
  const deadlineMs = performance.now() + 8_000;
  while (pids.some(isAlive) && performance.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(pids.filter(isAlive), []);
}

describe("runDemo", function () {
  this.timeout(60_000);
  let scratch: string;
  let interrupted: AbortController;
  beforeEach(() => {
    interrupted = new AbortController();
    scratch = mkdtempSync(join(tmpdir(), "run-test-"));
  });
  afterEach(() => {
    // A run that a failed test left behind must end too.
    interrupted.abort();
    rmSync(scratch, { recursive: true, force: true });
  });

  const run = (args: readonly string[], lines: string[] = []) =>
    runDemo({
      options: parseOptions(args),
      print: (line) => lines.push(line),
      signal: interrupted.signal,
      examples,
    });

  it("replays a trace through real Node-REDs and accounts for every message", async () => {
    const trace = join(scratch, "t.csv");
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i},dev/${i % 3},port ${i % 2},${i},${i % 2 ? "json" : "binary"},`,
    );
    writeFileSync(trace, ["ts,device,channel,bytes,kind,label", ...rows, ""].join("\n"));
    const reportFile = join(scratch, "r.json");
    const lines: string[] = [];
    const { report, isKept } = await run(
      ["--headless", "--hosts", "2", "--trace", trace, "--speed", "30", "--report", reportFile],
      lines,
    );
    assert.equal(isKept, true, JSON.stringify(report));
    const { sent, delivered, sessions, lost, duplicated, reordered } = report;
    assert.deepEqual(
      { sent, delivered, sessions, lost, duplicated, reordered },
      { sent: 60, delivered: 60, sessions: 3, lost: 0, duplicated: 0, reordered: 0 },
    );
    assert.deepEqual(JSON.parse(readFileSync(reportFile, "utf8")), report);
    const logs = lines.flatMap((line) => /, log (.*)$/u.exec(line)?.[1] ?? []);
    assert.equal(logs.length, 3);
    assert.deepEqual(logs.filter(existsSync), []);
  });

  it("serves the editor on the loopback, with no login, until it is interrupted", async () => {
    const { child, pids, folder, lines } = await startStandIn();
    const editor = lines.flatMap((line) => /^Editor: (.*)$/u.exec(line)?.[1] ?? [])[0];
    assert.match(editor ?? "", /^http:\/\/127\.0\.0\.1:\d+\/$/u);
    const page = await fetch(`${editor}settings`);
    assert.equal(page.status, 200);
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    await ended(pids);
    assert.equal(existsSync(folder), false);
  });

  it("leaves nothing running when it is killed itself", async () => {
    const { child, pids, folder } = await startStandIn("--headless");
    assert.equal(pids.length, 3);
    child.kill("SIGKILL");
    await ended(pids);
    rmSync(folder, { recursive: true, force: true });
  });

  it("ends with the shell that npm runs it in", async function () {
    if (process.platform === "win32") this.skip();
    // As npm does: a shell that lives as long as its command, and takes npm's SIGTERM.
    const command = `"${process.execPath}" "${script("stand-in-main.ts")}" --headless --hosts 2; true`;
    const env = { ...process.env, npm_lifecycle_event: "start" };
    const shell = spawn("sh", ["-c", command], { env, stdio: ["ignore", "pipe", "inherit"] });
    const { pids, folder } = await started(shell);
    shell.kill("SIGTERM");
    await ended(pids);
    while (existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("counts as lost what a killed host took with it, where nobody else takes over", async () => {
    const lines: string[] = [];
    // The stand-in loses what the dead host should have had: no need to wait for it once the first line is out.
    const print = (line: string): void => {
      lines.push(line);
      if (lines.filter((each) => /^\d\d:\d\d /u.test(each)).length === 2) interrupted.abort();
    };
    const options = parseOptions(["--headless", "--hosts", "2", "--kill", "host-1@1"]);
    const { report, isKept } = await runDemo({
      options,
      print,
      lineMs: 1_000,
      signal: interrupted.signal,
      examples,
    });
    assert.equal(isKept, false);
    assert.ok(report.lost > 0 && report.delivered > 0, JSON.stringify(report));
    assert.ok(lines.some((line) => line.includes("killed host-1")));
  });

  it("says what is wrong and leaves nothing behind when it can't start", async () => {
    const missing = join(scratch, "none.csv");
    await assert.rejects(run(["--trace", missing]), {
      code: "BAD_TRACE",
      message: `${missing}: no such file`,
    });
    const empty = join(scratch, "empty.csv");
    writeFileSync(empty, "ts,device,channel,bytes,kind,label\n");
    await assert.rejects(run(["--trace", empty]), { code: "BAD_TRACE", message: `${empty}: no messages` });
  });

  it("says that the editor's port is in use", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const start = run(["--port", String(port), "--for", "1", "--hosts", "1"]);
    await assert.rejects(start, {
      message: new RegExp(`^gateway: the editor can't listen on 127.0.0.1:${port}: port in use`, "u"),
    });
    server.close();
  });

  it("says which node types are missing, and shows the log", async () => {
    const gateway = [...standInGateway, { id: "x", type: "no-such-type", z: "t", wires: [] }];
    const options = parseOptions(["--headless", "--for", "1", "--hosts", "1"]);
    const start = runDemo({
      options,
      print: () => undefined,
      signal: interrupted.signal,
      examples: { ...examples, gateway },
    });
    await assert.rejects(start, {
      message: /^gateway: the flow did not start: missing-types: no-such-type\n.*no-such-type/su,
    });
  });
});

describe("main", () => {
  const main = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const child = spawn(process.execPath, [script("../../src/demo/main.ts"), ...args]);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => (err += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, out, err };
  };

  it("exits with 2 and one line when an option is wrong", async () => {
    const { code, out, err } = await main("--hosts", "none");
    assert.deepEqual(
      { code, out, err },
      { code: 2, out: "", err: '--hosts must be a whole number from 1 to 32 (hosts), got "none"\n' },
    );
  });

  it("exits with 1 and one line when a trace is missing", async () => {
    const { code, err } = await main("--trace", "no-such-trace.csv");
    assert.deepEqual({ code, err }, { code: 1, err: "no-such-trace.csv: no such file\n" });
  });

  it("prints its help", async () => {
    const { code, out } = await main("--help");
    assert.equal(code, 0);
    assert.match(out, /--kill HOST@SECONDS/u);
  });
});
