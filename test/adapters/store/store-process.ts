import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const WRITER = fileURLToPath(new URL("writer-process.ts", import.meta.url));

/** A writer in a process of its own, and what it said was acknowledged. */
export class StoreProcess {
  readonly name: string;
  readonly puts: number[] = [];
  counted = 0;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #heard = new EventTarget();
  #rest = "";
  #pid = 0;
  #hasEnded = false;

  /** `tracer`: a command that runs it. */
  constructor(path: string, name: string, inFlight: number, tracer: readonly string[] = []) {
    this.name = name;
    const command = [process.execPath, WRITER, path, name, String(inFlight)];
    const [program = process.execPath, ...args] = [...tracer, ...command];
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#closed = once(this.#child, "close").then(() => {
      this.#hasEnded = true;
      this.#heard.dispatchEvent(new Event("heard"));
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
  }

  /** Resolves when so many more entries are acknowledged. */
  async acknowledges(more: number): Promise<void> {
    const wanted = this.puts.length + more;
    while (this.puts.length < wanted) {
      if (this.#hasEnded) throw new Error(`${this.name} ended after ${this.puts.length} of ${wanted} writes`);
      await once(this.#heard, "heard");
    }
  }

  /** Kills it without warning; resolves when all that it said has been heard. */
  async kill(): Promise<void> {
    // Not the tracer: it would leave the writer behind.
    if (this.#pid && !this.#hasEnded) process.kill(this.#pid, "SIGKILL");
    else this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "count") this.counted++;
      else if (line.startsWith("pid ")) this.#pid = Number(line.slice(4));
      else this.puts.push(Number(line.replace("put ", "")));
    }
    this.#heard.dispatchEvent(new Event("heard"));
  }
}
