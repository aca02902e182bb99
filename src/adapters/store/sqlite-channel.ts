import { Worker } from "node:worker_threads";
import { StitchError } from "../../core/errors.ts";
import type { StoreHealth } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import { type Parcel, ParcelReader, ParcelWriter } from "./parcel.ts";
import {
  type Fault,
  isWrite,
  type Rows,
  type SqliteAnswer,
  type SqliteOp,
  type SqliteSetup,
} from "./sqlite-messages.ts";

export interface Row {
  readonly key: string;
  /** undefined: deleted. */
  readonly value: Uint8Array | undefined;
  readonly revision: Revision;
}

export type Reply =
  | { readonly kind: "rows"; readonly rows: readonly Row[]; readonly revision: Revision }
  | { readonly kind: "wrote"; readonly ok: boolean; readonly revision: Revision }
  | { readonly kind: "counted"; readonly count: number }
  | { readonly kind: "done" };

export interface ChannelEvents {
  onChanges(rows: readonly Row[]): void;
  onHealth(health: StoreHealth): void;
  onNotice(error: StitchError): void;
  /** The thread died; what was asked of it has been rejected. */
  onCrash(): void;
}

/** Distributes over all operations, so that each keeps its own fields. */
type Unnumbered<Op> = Op extends unknown ? Omit<Op, "id"> : never;
export type SqliteRequest = Unnumbered<SqliteOp>;

interface Waiting {
  readonly isWrite: boolean;
  readonly onDecided: ((revision: Revision) => void) | undefined;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** From source under Node's type stripping, or built. */
const ENTRY = new URL(`./sqlite-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

const toError = ({ code, message }: Fault): StitchError => new StitchError(code, message);

/** One thread's questions and answers: sent once per turn of the event loop, with all that came up in it. */
export class SqliteChannel {
  readonly #worker: Worker;
  readonly #events: ChannelEvents;
  readonly #waiting = new Map<number, Waiting>();
  readonly #out = new ParcelWriter<SqliteOp>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #isOver = false;

  constructor(setup: SqliteSetup, events: ChannelEvents, entry: URL = ENTRY) {
    this.#events = events;
    // "SQLite is an experimental feature" is not for a flow's author.
    const execArgv = ["--disable-warning=ExperimentalWarning"];
    this.#worker = new Worker(entry, { workerData: setup, execArgv });
    // Alone it keeps no process alive; a question under way does.
    this.#worker.unref();
    this.#worker.on("message", (parcel: Parcel<SqliteAnswer>) => this.#receive(parcel));
    this.#worker.on("error", (error) => this.#end(error.message));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#end("it ended");
        resolve();
      });
    });
  }

  ask(request: SqliteRequest, value?: Uint8Array, onDecided?: (revision: Revision) => void): Promise<Reply> {
    if (this.#isOver) return Promise.reject(new StitchError("STORE_UNAVAILABLE", "session store: closed"));
    if (this.#out.isEmpty) setImmediate(() => this.#flush());
    if (this.#waiting.size === 0) this.#worker.ref();
    const op = { ...request, id: ++this.#lastId } as SqliteOp;
    this.#out.add(op);
    if (value) this.#out.append(value);
    return new Promise((resolve, reject) => {
      this.#waiting.set(op.id, { isWrite: isWrite(op), onDecided, resolve, reject });
    });
  }

  /** What was asked before is still done. */
  async close(): Promise<void> {
    if (!this.#isOver) await this.ask({ kind: "close" }).catch(() => undefined);
    this.#isOver = true;
    this.#worker.ref();
    await this.#exited;
  }

  #flush(): void {
    if (this.#isOver || this.#out.isEmpty) return;
    const parcel = this.#out.take();
    this.#worker.postMessage(parcel, [parcel.bytes.buffer]);
  }

  #receive({ items, bytes }: Parcel<SqliteAnswer>): void {
    const reader = new ParcelReader(bytes);
    for (const answer of items) this.#take(answer, reader);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #take(answer: SqliteAnswer, reader: ParcelReader): void {
    switch (answer.kind) {
      case "changes":
        this.#events.onChanges(unpack(answer.rows, reader));
        break;
      case "decided":
        for (const [i, id] of answer.ids.entries())
          this.#waiting.get(id)?.onDecided?.(answer.revisions[i] ?? 0);
        break;
      case "health":
        this.#events.onHealth(answer.health);
        break;
      case "notice":
        this.#events.onNotice(toError(answer.fault));
        break;
      default:
        this.#settle(answer, reader);
    }
  }

  #settle(answer: Extract<SqliteAnswer, { id: number }>, reader: ParcelReader): void {
    // Unpacked even where nobody waits: the values behind it follow.
    const rows = answer.kind === "rows" ? unpack(answer.rows, reader) : [];
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === "failed") waiting?.reject(toError(answer.fault));
    else if (answer.kind === "rows") waiting?.resolve({ ...answer, rows });
    else waiting?.resolve(answer);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const message = `session store: its thread is gone: ${reason}`;
    for (const waiting of this.#waiting.values())
      waiting.reject(new StitchError(waiting.isWrite ? "INDETERMINATE" : "STORE_UNAVAILABLE", message));
    this.#waiting.clear();
    this.#events.onHealth({ state: "degraded", reason: message });
    this.#events.onCrash();
  }
}

function unpack({ keys, revisions, sizes }: Rows, reader: ParcelReader): Row[] {
  return keys.map((key, i) => {
    const size = sizes[i] ?? -1;
    return { key, revision: revisions[i] ?? 0, value: size < 0 ? undefined : reader.copy(size) };
  });
}
