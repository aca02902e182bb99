import { GatewayBuffer } from "../../src/adapters/pool/gateway-buffer.ts";
import { StitchEngine } from "../../src/adapters/pool/stitch-engine.ts";
import { StreamLog } from "../../src/adapters/pool/stream-log.ts";
import { type Envelope, KIND } from "../../src/core/record/envelope.ts";
import type { RecordStore } from "../../src/core/record/record-store.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import type { StoreDriver } from "../../src/core/record/store-driver.ts";
import type { LinkState, StreamLink } from "../../src/core/record/stream-link.ts";
import type { BufferKind } from "../../src/core/route/route-settings.ts";
import { LEASE_TICK_MS } from "../../src/core/stitch/lease.ts";
import type {
  OfferedMessage,
  OrchestratorEvent,
  RetainedStream,
  RetentionEvent,
} from "../../src/core/stitch/protocol.ts";
import type { Retention } from "../../src/core/stitch/retention.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import type { Mutant } from "./plan.ts";
import type { SimDisk } from "./sim-disk.ts";
import { SimLease } from "./sim-lease.ts";
import type { SimRoute } from "./sim-route.ts";
import type { World } from "./world.ts";

/** The log under test, with a rule taken away. */
class MutantLog extends StreamLog {
  mutant: Mutant | undefined;

  override append(id: SlotId, message: OfferedMessage): Promise<void> {
    const appended = super.append(id, message);
    if (this.mutant !== "ack-before-log") return appended;
    appended.catch(() => undefined);
    return Promise.resolve();
  }

  override number(...args: Parameters<StreamLog["number"]>): Promise<void> {
    if (this.mutant === "no-numbering") return Promise.resolve();
    const numbered = super.number(...args);
    if (this.mutant !== "send-before-numbered") return numbered;
    numbered.catch(() => undefined);
    return Promise.resolve();
  }
}

/** What of the gateway's surroundings reaches it only while it runs. */
type Gate = (run: () => void) => void;

const asRecords = ({ store }: World, gate: Gate): RecordStore => ({
  read: (id) =>
    new Promise((resolve, reject) =>
      store.read(id, (stored, error) => gate(() => (error ? reject(error) : resolve(stored)))),
    ),
  write: (id, record, expected) =>
    new Promise((resolve) => store.write(id, record, expected, (result) => gate(() => resolve(result)))),
  watch: async () => () => undefined,
  health: () => ({ state: "ready" }),
});

/** A process that stands still takes no answers of its disk. */
function gated(driver: StoreDriver, gate: Gate): StoreDriver {
  const through = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      answer.then(
        (value) => gate(() => resolve(value)),
        (error: unknown) => gate(() => reject(error as Error)),
      );
    });
  return {
    ...driver,
    put: (key, value) => through(driver.put(key, value)),
    delete: (key) => through(driver.delete(key)),
    snapshot: (prefix) => through(driver.snapshot(prefix)),
  };
}

/** What one gateway leaves to the next in the same process. */
export interface Left {
  readonly streams: RetainedStream[];
  /** Taken over in memory: may be lost in a crash, also when a redeploy has changed the buffer to disk meanwhile. */
  readonly fragile: Set<string>;
}

/** The adapters of a gateway with a log on disk, as the runtime wires them, on fake time. */
export class LoggedGateway implements SimRoute {
  readonly name: string;
  isUp = true;
  isPaused = false;
  /** What waits for it to go on. */
  #held: (() => void)[] = [];
  readonly #lease: SimLease | undefined;
  #leaseAtMs = 0;
  readonly #world: World;
  readonly #disk: SimDisk;
  readonly #left: Left;
  readonly #engine: StitchEngine;
  readonly #buffer: GatewayBuffer;
  readonly #open = new Map<string, SlotId>();
  readonly #unopened = new Map<string, SlotId>();
  #answer: (envelope: Envelope) => void = () => undefined;
  /** Highest seq sent, by slot and epoch (for a mutant). */
  readonly #sent = new Map<string, number>();
  #log: MutantLog | undefined;
  #pending = 0;

  constructor(name: string, world: World, disk: SimDisk, left: Left, kind: BufferKind) {
    this.name = name;
    this.#world = world;
    this.#disk = disk;
    this.#left = left;
    const { mutant, timeline, plan } = world;
    this.#engine = new StitchEngine({
      gateway: name,
      maxBytes: plan.bufferBytes ?? 1e9,
      link: this.#link(),
      records: asRecords(world, this.#gate),
      clock: { now: () => timeline.nowMs },
      chooseHost: () => world.pick([...world.believedUp]),
      onAssign: () => undefined,
      onEvent: () => undefined,
      onClosed: (id) => this.#open.delete(slotKey(id)),
      onLatency: () => undefined,
      onGivenUp: ({ message }) => world.account.refused.add(String(message.payload)),
      mirrored: () => undefined,
      onError: () => undefined,
    });
    if (plan.standby)
      this.#lease = new SimLease(name, world.lease, timeline, (run) =>
        this.#gate(() => {
          if (this.isUp) run();
        }),
      );
    for (const stream of left.streams.splice(0)) this.#restore(stream);
    this.#buffer = new GatewayBuffer({
      engine: this.#engine,
      hasLog: !disk.isEmpty && mutant !== "log-not-read",
      openLog: () => this.#openLog(),
      reopen: (id) => this.#reopen(id),
      restore: (stream) => this.#restore(stream),
      onError: () => undefined,
    });
    this.#buffer.setKind(kind);
  }

  /** Runs it, or when the gateway goes on. */
  readonly #gate: Gate = (run) => {
    if (this.isPaused) this.#held.push(run);
    else run();
    this.#disk.onAnswer();
  };

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const run of this.#held.splice(0)) this.#gate(run);
  }

  #openLog(): StreamLog {
    const { timeline, mutant } = this.#world;
    const later = (run: () => void, ms: number): (() => void) => {
      let isOff = false;
      timeline.after(ms, () =>
        this.#gate(() => {
          if (!isOff) run();
        }),
      );
      return () => {
        isOff = true;
      };
    };
    this.#log = new MutantLog({
      driver: gated(this.#disk.open(), this.#gate),
      retryMs: 50,
      later,
      onError: () => undefined,
    });
    this.#log.mutant = mutant;
    return this.#log;
  }

  #link(): StreamLink {
    const none = (): (() => void) => () => undefined;
    const state: LinkState = "up";
    return {
      state,
      onState: none,
      sendToHost: (host, envelope) => this.#send(host, envelope),
      sendToGateway: none,
      onHostStream: none,
      onGatewayStream: (_name, listener) => {
        this.#answer = listener;
        return () => undefined;
      },
      announce: none,
      onHosts: none,
      onBadInput: none,
      close: async () => undefined,
    };
  }

  #send(host: string, envelope: Envelope): void {
    if (!this.isUp) return;
    this.#world.toHost(host, envelope);
    if (this.#world.mutant !== "delete-on-send" || envelope.kind !== KIND.DATA) return;
    const of = `${slotKey(envelope)}@${envelope.epoch}`;
    if (envelope.seq <= (this.#sent.get(of) ?? 0)) return;
    this.#sent.set(of, envelope.seq);
    this.#log?.trimmed(envelope, 1);
  }

  #restore(stream: RetainedStream): void {
    const isForgetful = this.#world.mutant === "numbers-forgotten";
    this.#engine.retain({
      type: "restore",
      stream: isForgetful ? { ...stream, epoch: 0, acked: 0 } : stream,
    });
    this.#reopen(stream.id);
  }

  #reopen(id: SlotId): void {
    const key = slotKey(id);
    if (!this.#open.has(key)) this.#unopened.set(key, { sessionId: id.sessionId, slot: id.slot });
  }

  #openWaiting(): void {
    const [first] = this.#world.believedUp;
    if (!this.#buffer.isReady || first === undefined) return;
    for (const [key, id] of this.#unopened) {
      this.#unopened.delete(key);
      this.#open.set(key, id);
      this.orchestrate({ type: "open", id, first: this.#world.pick([...this.#world.believedUp]) });
    }
  }

  get retention(): Retention {
    return this.#engine.retention;
  }

  get hasPending(): boolean {
    return this.#pending > 0;
  }

  /** Of several gateways this is the one that works. */
  get #isActive(): boolean {
    return this.#lease?.isActive ?? true;
  }

  offer(id: SlotId, label: string, onTaken: () => void): void {
    this.#gate(() => {
      if (!this.isUp || !this.#isActive) return;
      onTaken();
      this.#take(id, label);
    });
  }

  #take(id: SlotId, label: string): void {
    this.#reopen(id);
    const { account, timeline } = this.#world;
    // Until the gateway says that it has it, it may be lost.
    account.excused.add(label);
    const message = { payload: label, bytes: 10, atMs: timeline.nowMs };
    const offered = this.#buffer.offer(id, message);
    if (!(offered instanceof Promise)) {
      this.#left.fragile.add(label);
      this.#told(label, offered);
      return;
    }
    this.#pending++;
    void offered.then((error) => {
      this.#pending--;
      if (this.isUp) this.#told(label, error);
    });
  }

  #told(label: string, error: Error | undefined): void {
    if (!error || this.#world.mutant === "take-refused") this.#world.account.excused.delete(label);
    else this.#world.account.refused.add(label);
  }

  receive(envelope: Envelope): void {
    this.#gate(() => {
      if (this.isUp) this.#answer(envelope);
    });
  }

  retain(event: RetentionEvent): void {
    this.#gate(() => this.#engine.retain(event));
  }

  orchestrate(event: OrchestratorEvent): void {
    this.#gate(() => this.#engine.orchestrate(event));
  }

  tick(): void {
    if (!this.isUp || this.isPaused) return;
    this.#disk.onAnswer();
    const { nowMs } = this.#world.timeline;
    if (nowMs - this.#leaseAtMs >= LEASE_TICK_MS) {
      this.#leaseAtMs = nowMs;
      this.#lease?.handle({ type: "tick" });
    }
    this.#openWaiting();
    this.#engine.tick();
    this.#buffer.tick();
    if (!this.#isActive) this.#closeAll();
  }

  /** Another gateway works: each slot is left to it when nothing of it is retained here. */
  #closeAll(): void {
    const isDone = (id: SlotId): boolean => this.retention.retained(id) === 0;
    for (const [key, id] of this.#unopened) if (isDone(id)) this.#unopened.delete(key);
    for (const id of this.#open.values()) {
      if (!isDone(id)) continue;
      this.orchestrate({ type: "retire", id, reason: "the slot is idle" });
      this.orchestrate({ type: "close", id });
    }
  }

  crash(): string[] {
    const retained = this.retention.streams().flatMap(({ messages }) => messages);
    const lost = retained
      .map(({ payload }) => String(payload))
      .filter((label) => this.#left.fragile.has(label));
    this.isUp = false;
    this.isPaused = false;
    this.#held = [];
    this.#buffer.end(new Error("crashed"));
    this.#engine.close();
    this.#disk.crash();
    return lost;
  }

  close(done: () => void): void {
    if (!this.isUp) return;
    this.isUp = false;
    const inMemory = ({ id, messages }: RetainedStream): boolean =>
      messages.length > 0 && !this.#buffer.isKept(id);
    this.#left.streams.push(...this.retention.streams().filter(inMemory));
    this.#buffer.end(new Error("closed"));
    this.#engine.close();
    this.#disk.onAnswer();
    void this.#buffer.close().then(done);
  }
}
