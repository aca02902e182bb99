import assert from "node:assert/strict";
import type { Envelope } from "../../src/core/record/envelope.ts";
import { KIND } from "../../src/core/record/envelope.ts";
import type { SlotId, SlotRecord, StoredRecord } from "../../src/core/record/slot-record.ts";
import { Ownership } from "../../src/core/stitch/ownership.ts";
import type { OwnershipCommand, OwnershipEvent } from "../../src/core/stitch/protocol.ts";
import { sizeOf } from "../../src/core/stitch/size-of.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import { outputsOf } from "./account.ts";
import { outputId } from "./sim-store.ts";
import type { World } from "./world.ts";

const OUTBOX_BYTES = 120;
/** Of one message: two small ones. */
const MOST_OUTPUTS_BYTES = 80;

export type Emission = Extract<OwnershipCommand, { type: "emit" }>;

/** Labels of the messages that made the state: the fold that the promise speaks of. */
export type Fold = readonly string[];

/** A host: the machine under test, a flow that folds messages, and a pipeline of outputs towards the sink. */
export class SimHost {
  readonly name: string;
  isPaused = false;
  isLost = false;
  hangsUntilMs = 0;
  /** The output's client has lost its broker: what it gets is gone, without an error. */
  isOutputAway = false;
  #machine: Ownership | undefined;
  #start = 0;
  #held: (() => void)[] = [];
  #pipeline: Emission[] = [];
  /** Slots with a write in flight. */
  readonly #writing = new Set<string>();
  readonly #world: World;
  /** Highest epoch seen per slot (for a mutant). */
  readonly #epochs = new Map<string, number>();
  /** Next seq per slot and epoch (for a mutant). */
  readonly #next = new Map<string, number>();

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    world.store.watchers.add((id, stored) => this.#feed(id, stored));
    this.start();
  }

  get isUp(): boolean {
    return this.#machine !== undefined;
  }

  /** Bytes taken in and not handled; 0 while it is down. */
  get intakeBytes(): number {
    return this.#machine?.intakeBytes ?? 0;
  }

  get incarnation(): number {
    return this.#start;
  }

  start(): void {
    const { confirmable, intakeBytes } = this.#world.plan;
    this.#start++;
    this.#machine = new Ownership({
      host: this.name,
      incarnation: `${this.name}-${this.#start}`,
      ack: "commit",
      commitTimeoutMs: 60_000,
      confirmable,
      outboxBytes: OUTBOX_BYTES,
      intakeBytes,
    });
  }

  /** All memory is gone; what the flow and the output's client had in hand too. */
  crash(): void {
    this.#machine = undefined;
    this.isPaused = false;
    this.#held = [];
    this.#pipeline = [];
    this.#writing.clear();
    this.#epochs.clear();
    this.#next.clear();
  }

  /** Does not come back. */
  lose(): void {
    this.isLost = true;
    this.crash();
  }

  resume(): void {
    this.isPaused = false;
    const held = this.#held;
    this.#held = [];
    for (const run of held) run();
  }

  /** Runs `run` in this start of the host: later if it is paused, never if it has crashed since. */
  #within(start: number, run: () => void): void {
    if (start !== this.#start || !this.#machine) return;
    if (this.isPaused) this.#held.push(() => this.#within(start, run));
    else run();
  }

  #later(delayMs: number, run: () => void): void {
    const start = this.#start;
    this.#world.timeline.after(delayMs, () => this.#within(start, run));
  }

  #feed(id: SlotId, stored: StoredRecord): void {
    if (this.#world.chance(this.#world.plan.feedLoss)) return;
    this.#later(this.#world.delay(), () => this.handle({ type: "changed", id, stored }));
  }

  tick(): void {
    assert.ok(this.intakeBytes <= Math.max(this.#world.plan.intakeBytes, 1000), "the intake is bounded");
    this.#within(this.#start, () => this.handle({ type: "tick" }));
  }

  receive(envelope: Envelope): void {
    this.#within(this.#start, () =>
      this.handle({
        type: "stream",
        envelope: this.#mutated(envelope),
      }),
    );
  }

  #mutated(envelope: Envelope): Envelope {
    if (this.#world.mutant === "epoch") return this.#forged(envelope);
    if (this.#world.mutant !== "out-of-turn" || envelope.kind !== KIND.DATA) return envelope;
    const next = this.#next.get(`${slotKey(envelope)}@${envelope.epoch}`);
    return next === undefined ? envelope : { ...envelope, seq: next };
  }

  #forged(envelope: Envelope): Envelope {
    const known = this.#epochs.get(slotKey(envelope)) ?? 0;
    return { ...envelope, epoch: Math.max(envelope.epoch, known) };
  }

  handle(event: OwnershipEvent): void {
    if (event.type === "changed" || event.type === "record")
      if (event.stored) this.#epochs.set(slotKey(event.id), event.stored.record.epoch);
    for (const command of this.#machine?.handle(event, this.#world.timeline.nowMs) ?? []) this.#run(command);
  }

  #run(command: OwnershipCommand): void {
    const world = this.#world;
    const start = this.#start;
    switch (command.type) {
      case "read":
        world.store.read(command.id, (stored, error) =>
          this.#within(start, () =>
            this.handle(
              error
                ? { type: "read-failed", id: command.id, error }
                : { type: "record", id: command.id, stored },
            ),
          ),
        );
        break;
      case "write": {
        const { id, record } = command;
        this.#checkBounds(record);
        this.#writing.add(slotKey(id));
        world.store.write(id, record, command.expected, (answer) => {
          const isGuess = world.mutant === "timeout-is-success" && answer.outcome === "indeterminate";
          const result = isGuess ? ({ outcome: "written", revision: command.expected + 1 } as const) : answer;
          this.#within(start, () => {
            this.#writing.delete(slotKey(id));
            this.handle({ type: "wrote", id, writeId: record.writeId, result });
          });
        });
        break;
      }
      case "deliver":
        this.#deliver(command);
        break;
      case "emit":
        this.#emit(command);
        break;
      case "reply":
        world.toGateway(command.gateway, this.#answer(command.envelope));
        break;
      case "deliver-mirror":
      case "complain":
        break;
      case "report":
        throw command.error;
      default:
        command satisfies never;
    }
  }

  /** What was processed is on its way to the store, also while more waits for the flow. */
  #checkCommitting(id: SlotId, epoch: number): void {
    const { store, plan } = this.#world;
    const record = store.records.get(slotKey(id))?.record;
    if (!plan.isCalm || record?.epoch !== epoch || record.owner !== this.name) return;
    assert.ok(this.#writing.has(slotKey(id)), `${this.name} has something to commit and does not`);
  }

  /** The outbox grows by one message's outputs at most while there is room. */
  #checkBounds({ outbox }: SlotRecord): void {
    if (!this.#world.plan.confirmable) return;
    const bytes = outbox.reduce((sum, { message }) => sum + sizeOf(message), 0);
    assert.ok(bytes <= OUTBOX_BYTES + MOST_OUTPUTS_BYTES, `the outbox is bounded, and has ${bytes} bytes`);
  }

  #answer(envelope: Envelope): Envelope {
    const { reason, expected = 0 } = envelope.meta;
    if (this.#world.mutant !== "ack-refused" || reason !== "full") return envelope;
    return { ...envelope, kind: KIND.ACK, seq: expected, meta: { host: this.name } };
  }

  #deliver({ id, epoch, envelope, state }: Extract<OwnershipCommand, { type: "deliver" }>): void {
    const label = String(envelope.payload);
    this.#next.set(`${slotKey(id)}@${epoch}`, envelope.seq + 1);
    this.#world.deliveries++;
    const { timeline } = this.#world;
    const fold = [...((state as Fold | undefined) ?? []), label];
    const outputs = outputsOf(label);
    if (this.#world.mutant === "ack-on-delivery") this.#acknowledge(envelope);
    const hangsMs = Math.max(0, this.hangsUntilMs - timeline.nowMs);
    this.#later(hangsMs + this.#world.delay() * this.#world.plan.flowFactor, () => {
      if (this.#world.mutant === "early-emit")
        for (const [index, message] of outputs.entries())
          this.#queue({ type: "emit", id, epoch, seq: envelope.seq, index, message, repeat: false });
      this.handle({ type: "processed", id, epoch, seq: envelope.seq, state: fold, outputs });
      this.#checkCommitting(id, epoch);
    });
  }

  #acknowledge({ meta, sessionId, slot, epoch, seq }: Envelope): void {
    const reply = { sessionId, slot, epoch, seq, meta: { host: this.name }, payload: undefined };
    if (meta.gateway) this.#world.toGateway(meta.gateway, { ...reply, kind: KIND.ACK });
  }

  #emit(emission: Emission): void {
    const { mutant } = this.#world;
    if (mutant === "no-repeat" && emission.repeat) return;
    if (mutant === "early-emit" && !emission.repeat) return;
    if (mutant === "trim-early") this.#later(0, () => this.handle({ ...emission, type: "confirmed" }));
    this.#queue(emission);
  }

  /** Outputs travel in order; a crash loses what has not arrived. */
  #queue(emission: Emission): void {
    const world = this.#world;
    world.account.checkCommitted(outputId(emission.id, emission.seq, emission.index));
    if (!world.plan.confirmable) {
      world.account.sink(emission);
      return;
    }
    if (this.isOutputAway) return;
    this.#pipeline.push(emission);
    if (this.#pipeline.length === 1) this.#later(world.delay(), () => this.#arrive());
  }

  #arrive(): void {
    const emission = this.#pipeline.shift();
    if (!emission) return;
    this.#world.account.sink(emission);
    this.#later(this.#world.delay(), () => this.handle({ ...emission, type: "confirmed" }));
    if (this.#pipeline.length > 0) this.#later(this.#world.delay(), () => this.#arrive());
  }
}
