/** Debian's mosquitto as a child process, on the loopback, in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const PLACES = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"];

export interface MosquittoOptions {
  readonly port?: number;
  readonly user?: { readonly name: string; readonly password: string };
  readonly tls?: TlsFiles;
}

export interface Mosquitto {
  readonly port: number;
  readonly pid: number;
  readonly url: string;
  /** SIGKILL unless told otherwise; resolves when the process has ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export function findMosquitto(): string | undefined {
  return PLACES.find((place) => existsSync(place));
}

/** The binary; skips the suite where there is none. CI must have it. */
export function mosquittoBinary(test: { skip(): never }): string {
  const binary = findMosquitto();
  if (binary) return binary;
  const { CI } = process.env;
  if (CI) throw new Error("mosquitto is not installed: apt-get install mosquitto");
  process.stderr.write("SKIPPED: mosquitto is not installed (apt-get install mosquitto)\n");
  return test.skip();
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A CA and a certificate of 127.0.0.1 signed by it, made anew: nothing secret is committed. */
export function makeCertificate(folder: string): TlsFiles {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): unknown =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const subject = (name: string): string[] => ["-subj", `/CN=${name}`, "-nodes", "-newkey", "rsa:2048"];
  openssl("req", "-x509", ...subject("test CA"), "-days", "2", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...subject("127.0.0.1"), "-keyout", "key.pem", "-out", "request.pem");
  writeFileSync(file("names.ini"), "subjectAltName=IP:127.0.0.1\n");
  const signed = [
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "names.ini",
  ];
  openssl("x509", "-req", "-in", "request.pem", ...signed, "-out", "cert.pem");
  return { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
}

/** As mosquitto_passwd writes it: PBKDF2-SHA512, 101 rounds. */
function passwordLine(name: string, password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, "sha512");
  return `${name}:$7$101$${salt.toString("base64")}$${hash.toString("base64")}\n`;
}

function writeConfig(folder: string, port: number, { user, tls }: MosquittoOptions): string {
  const lines = [
    `listener ${port} 127.0.0.1`,
    `user ${userInfo().username}`,
    "set_tcp_nodelay true",
    "max_queued_messages 0",
    "persistence false",
    "log_dest stderr",
    "log_type all",
    `allow_anonymous ${user ? "false" : "true"}`,
  ];
  if (user) {
    writeFileSync(join(folder, "passwords"), passwordLine(user.name, user.password), { mode: 0o600 });
    lines.push(`password_file ${join(folder, "passwords")}`);
  }
  if (tls) lines.push(`cafile ${tls.ca}`, `certfile ${tls.cert}`, `keyfile ${tls.key}`);
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

function isRunning(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (data: Buffer) => {
      if (said.length < 4096) said += data.toString();
      if (/mosquitto version \S+ running/.test(said)) resolve();
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`mosquitto does not start: ${said}`)));
  });
}

export async function startMosquitto(binary: string, options: MosquittoOptions = {}): Promise<Mosquitto> {
  const { port = await freePort() } = options;
  const folder = mkdtempSync(join(tmpdir(), "mosquitto-"));
  const child = spawn(binary, ["-c", writeConfig(folder, port, options)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await isRunning(child);
  return {
    port,
    pid: child.pid as number,
    url: `${options.tls ? "mqtts" : "mqtt"}://127.0.0.1:${port}`,
    async stop(signal = "SIGKILL") {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill(signal);
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
