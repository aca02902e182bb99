import assert from "node:assert/strict";
import { type Envelope, KIND } from "../../src/core/record/envelope.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import { Orchestrator } from "../../src/core/stitch/orchestrator.ts";
import type {
  OrchestratorCommand,
  OrchestratorEvent,
  PlanEvent,
  RetentionCommand,
  RetentionEvent,
} from "../../src/core/stitch/protocol.ts";
import { Retention } from "../../src/core/stitch/retention.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import type { SimRoute } from "./sim-route.ts";
import type { World } from "./world.ts";

const MIRROR_MS = 200;
/** Slots held at once for planned shifts, leaving out those whose owner is slow. */
const MAX_HELD = 2;
const SLOW_MS = 50;

/** A gateway: retention and orchestrator as the runtime wires them. */
export class SimGateway implements SimRoute {
  readonly name: string;
  retention: Retention;
  orchestrator: Orchestrator;
  readonly events: PlanEvent[] = [];
  isUp = true;
  readonly #world: World;
  #orchestratorStart = 0;
  /** How far the record was when each host was last sent a slot's minimal stream. */
  readonly #asked = new Map<string, { readonly epoch: number; readonly seq: number }>();
  /** When each host last answered a slot's minimal stream. */
  readonly #mirrored = new Map<string, number>();
  readonly #open = new Map<string, SlotId>();
  /** Slots that were ordered to be held, and when. */
  readonly #held = new Map<string, number>();

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    this.retention = new Retention({ gateway: name, maxBytes: 1e9, windowMessages: 8, retransmitMs: 300 });
    this.orchestrator = this.#newOrchestrator();
  }

  #newOrchestrator(): Orchestrator {
    return new Orchestrator({
      incarnation: `${this.name}-o${++this.#orchestratorStart}`,
      mirrorIntervalMs: MIRROR_MS,
      drainTimeoutMs: 300,
      maxHeld: this.#world.mutant === "no-turns" ? Number.POSITIVE_INFINITY : MAX_HELD,
    });
  }

  /** The stitcher alone starts anew, with no memory: it opens again what the route holds. */
  restartOrchestrator(): void {
    this.#held.clear();
    this.orchestrator = this.#newOrchestrator();
    for (const host of this.#world.believedUp) this.orchestrate({ type: "host-up", host });
    for (const id of this.#open.values())
      this.orchestrate({ type: "open", id, first: this.#world.firstHost() });
  }

  readonly hasPending = false;

  crash(): string[] {
    this.isUp = false;
    return this.retention.streams().flatMap(({ messages }) => messages.map(({ payload }) => String(payload)));
  }

  offer(id: SlotId, label: string, onTaken: () => void): void {
    onTaken();
    if (!this.#open.has(slotKey(id))) {
      this.#open.set(slotKey(id), id);
      this.orchestrate({ type: "open", id, first: this.#world.firstHost() });
    }
    const message = { payload: label, bytes: 10, atMs: this.#world.timeline.nowMs };
    this.retain({ type: "offer", id, message });
  }

  receive(envelope: Envelope): void {
    const { meta } = envelope;
    if (envelope.kind === KIND.ACK && meta.mirror) {
      const { epoch, seq } = envelope;
      const of = `${slotKey(envelope)}@${meta.host}`;
      const asked = this.#asked.get(of);
      const isCurrent = asked && (epoch > asked.epoch || (epoch === asked.epoch && seq >= asked.seq));
      if (isCurrent) this.#mirrored.set(of, this.#world.timeline.nowMs);
      if (meta.host) this.orchestrate({ type: "mirror-acked", id: envelope, host: meta.host, epoch, seq });
    } else this.retain({ type: "reply", envelope });
  }

  tick(): void {
    this.#checkHeld();
    if (this.#world.mutant !== "no-retransmit") this.retain({ type: "tick" });
    this.orchestrate({ type: "tick" });
  }

  retain(event: RetentionEvent): void {
    if (!this.isUp) return;
    for (const command of this.retention.handle(event, this.#world.timeline.nowMs)) this.#retention(command);
  }

  orchestrate(event: OrchestratorEvent): void {
    if (!this.isUp) return;
    for (const command of this.orchestrator.handle(event, this.#world.timeline.nowMs)) this.#run(command);
  }

  #retention(command: RetentionCommand): void {
    switch (command.type) {
      case "send":
        this.#world.toHost(command.host, command.envelope);
        if (this.#world.mutant === "ack-on-send") this.#acknowledge(command);
        break;
      case "trimmed":
      case "committed":
      case "dropped":
        break;
      case "held":
      case "drained":
      case "refresh":
        this.orchestrate(command);
        break;
      case "rejected":
        throw new Error("the buffer is never full here");
      default:
        command satisfies never;
    }
  }

  #run(command: OrchestratorCommand): void {
    const { orchestrator } = this;
    const answer = (event: OrchestratorEvent): void => {
      if (this.orchestrator === orchestrator) this.orchestrate(event);
    };
    switch (command.type) {
      case "read": {
        const { id } = command;
        this.#world.store.read(id, (stored, error) =>
          answer(error ? { type: "read-failed", id, error } : { type: "record", id, stored }),
        );
        break;
      }
      case "write": {
        const { id, record } = command;
        const epoch = record.epoch - (this.#world.mutant === "same-epoch" && record.epoch > 1 ? 1 : 0);
        this.#world.store.write(id, { ...record, epoch }, command.expected, (result) =>
          answer({ type: "wrote", id, writeId: record.writeId, result }),
        );
        break;
      }
      case "hold":
        this.#takesTurn(command.id);
        if (this.#world.mutant === "no-hold") this.#pretendDrained(command.id);
        else this.retain(command);
        break;
      case "assign":
        this.#held.delete(slotKey(command.id));
        this.retain(this.#assigned(command));
        break;
      case "send-mirror":
        this.#mirror(command);
        break;
      case "release":
        this.#held.delete(slotKey(command.id));
        if (this.#world.mutant !== "no-release") this.retain(command);
        break;
      case "closed":
        this.retain({ type: "close", id: command.id });
        break;
      case "event":
        this.events.push(command.event);
        this.#check(command.event);
        break;
      default:
        command satisfies never;
    }
  }

  #checkHeld(): void {
    const { mostHeldMs = Number.POSITIVE_INFINITY } = this.#world.plan;
    for (const [key, sinceMs] of this.#held) {
      const heldMs = this.#world.timeline.nowMs - sinceMs;
      assert.ok(heldMs <= mostHeldMs, `${key} is held for ${heldMs} ms`);
    }
  }

  /** Shifts take turns, so that the pause of each is its own. */
  #takesTurn(id: SlotId): void {
    const { nowMs } = this.#world.timeline;
    this.#held.set(slotKey(id), nowMs);
    const held = [...this.#held.values()].filter((sinceMs) => nowMs - sinceMs < SLOW_MS).length;
    assert.ok(held <= MAX_HELD, `${held} slots are held at once`);
  }

  /** Rule 4: what a planned shift begins with is that the host has answered lately. */
  #check(event: PlanEvent): void {
    if (event.kind !== "shifting") return;
    const answered = this.#mirrored.get(`${slotKey(event)}@${event.to}`) ?? Number.NEGATIVE_INFINITY;
    const silentMs = this.#world.timeline.nowMs - answered;
    assert.ok(
      silentMs <= 3 * MIRROR_MS,
      `${event.to} is to get a slot and has not mirrored it for ${silentMs} ms`,
    );
  }

  #assigned(command: Extract<OrchestratorCommand, { type: "assign" }>): RetentionEvent {
    const { begun: _, ...forgetful } = command;
    switch (this.#world.mutant) {
      case "no-replay":
        return { ...forgetful, seq: command.seq + this.retention.retained(command.id), type: "assigned" };
      case "one-numbering":
        return { ...forgetful, type: "assigned" };
      default:
        return { ...command, type: "assigned" };
    }
  }

  #acknowledge({ host, envelope }: Extract<RetentionCommand, { type: "send" }>): void {
    if (envelope.kind !== KIND.DATA) return;
    const ack = { ...envelope, kind: KIND.ACK, meta: { host }, payload: undefined };
    this.#world.timeline.after(0, () => this.retain({ type: "reply", envelope: ack }));
  }

  #pretendDrained(id: SlotId): void {
    const view = this.orchestrator.slot(id, this.#world.timeline.nowMs);
    if (view) this.orchestrate({ type: "drained", id, epoch: view.epoch, seq: 0 });
  }

  #mirror({ id, host, epoch, seq }: Extract<OrchestratorCommand, { type: "send-mirror" }>): void {
    const { timeline, mutant } = this.#world;
    this.#asked.set(`${slotKey(id)}@${host}`, { epoch, seq });
    if (mutant === "cold-shift")
      timeline.after(0, () => this.orchestrate({ type: "mirror-acked", id, host, epoch, seq }));
    const meta = { gateway: this.name };
    this.#world.toHost(host, { ...id, kind: KIND.MIRROR, epoch, seq, meta, payload: undefined });
  }
}
