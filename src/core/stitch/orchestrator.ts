import type { Millis } from "../ports.ts";
import type { SlotId } from "../record/slot-record.ts";
import type { Epoch, HostId } from "../units.ts";
import { Holds } from "./holds.ts";
import { OrchestratedSlot } from "./orchestrated-slot.ts";
import type { OrchestratorContext } from "./orchestrator-context.ts";
import type { OrchestratorCommand, OrchestratorEvent, SlotState } from "./protocol.ts";
import { slotKey } from "./slot-key.ts";

export interface OrchestratorOptions {
  /** Begins the ids of this orchestrator's writes; new with each start. */
  readonly incarnation: string;
  /** Where a slot goes whose owner is lost while no secondary is warm; undefined: any host that is up. */
  readonly chooseHost?: (id: SlotId, up: ReadonlySet<HostId>) => HostId | undefined;
  readonly mirrorIntervalMs?: Millis;
  readonly drainTimeoutMs?: Millis;
  /** Slots held at once for planned shifts. */
  readonly maxHeld?: number;
}

/** What is known of one slot, for the planner, the status and the sidebar. */
export interface SlotView {
  readonly id: SlotId;
  readonly state: SlotState;
  readonly epoch: Epoch;
  readonly owner: HostId | undefined;
  /** Hosts that mirror it, and whether each is warm. */
  readonly secondaries: readonly { readonly host: HostId; readonly warm: boolean }[];
}

/** Events about one open slot. */
type SlotNews = Exclude<Extract<OrchestratorEvent, { id: SlotId }>, { type: "open" } | { type: "close" }>;

const DEFAULT_MIRROR_INTERVAL_MS = 1000;
const DEFAULT_DRAIN_TIMEOUT_MS = 2000;
const DEFAULT_MAX_HELD = 2;

/** O of DESIGN.md section 6: who owns which slot, and the moves between hosts. Holds no truth: records do. */
export class Orchestrator {
  readonly #context: OrchestratorContext;
  readonly #holds: Holds;
  readonly #slots = new Map<string, OrchestratedSlot>();
  /** Slots with something under way: all that a tick looks at. */
  readonly #active = new Set<OrchestratedSlot>();

  constructor(options: OrchestratorOptions) {
    let writes = 0;
    this.#holds = new Holds(options.maxHeld ?? DEFAULT_MAX_HELD);
    this.#context = {
      mirrorIntervalMs: options.mirrorIntervalMs ?? DEFAULT_MIRROR_INTERVAL_MS,
      drainTimeoutMs: options.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS,
      up: new Set(),
      suspect: new Set(),
      holds: this.#holds,
      chooseHost: options.chooseHost ?? ((_id, up) => up.values().next().value),
      nextWriteId: () => `${options.incarnation}.${++writes}`,
    };
  }

  /** Open slots. */
  get size(): number {
    return this.#slots.size;
  }

  /** As told last by `assign`; 0: not yet, or the slot is not open. */
  epochOf(id: SlotId): Epoch {
    return this.#slots.get(slotKey(id))?.epoch ?? 0;
  }

  /** undefined: not open. */
  slot(id: SlotId, nowMs: Millis): SlotView | undefined {
    const slot = this.#slots.get(slotKey(id));
    return slot && this.#view(slot, nowMs);
  }

  slots(nowMs: Millis): SlotView[] {
    return Array.from(this.#slots.values(), (slot) => this.#view(slot, nowMs));
  }

  #view(slot: OrchestratedSlot, nowMs: Millis): SlotView {
    const { id, epoch, owner } = slot;
    const secondaries = slot.secondaries.hosts().map((host) => ({ host, warm: slot.isWarm(host, nowMs) }));
    return { id, state: slot.state(nowMs), epoch, owner, secondaries };
  }

  handle(event: OrchestratorEvent, nowMs: Millis): OrchestratorCommand[] {
    const out: OrchestratorCommand[] = [];
    switch (event.type) {
      case "open":
        this.#open(event.id, event.first, nowMs, out);
        break;
      case "close":
        this.#close(event.id, out);
        break;
      case "host-up":
        this.#hostUp(event.host, nowMs, out);
        break;
      case "host-suspect":
        this.#hostSuspect(event.host, event.reason, nowMs, out);
        break;
      case "tick":
        this.#advance(this.#active, nowMs, out);
        break;
      case "mirror":
      case "shift":
        this.#ofSlot(event.order.id, (slot) => {
          slot[event.type](event.order.to, event.order.reason, nowMs, out);
        });
        break;
      default:
        this.#ofSlot(event.id, (slot) => {
          this.#news(slot, event, nowMs, out);
        });
    }
    this.#holdNext(nowMs, out);
    return out;
  }

  /** Shifts that waited for others to be done. */
  #holdNext(nowMs: Millis, out: OrchestratorCommand[]): void {
    for (let key = this.#holds.next(nowMs); key !== undefined; key = this.#holds.next(nowMs)) {
      const slot = this.#slots.get(key);
      if (slot) this.#advance([slot], nowMs, out);
    }
  }

  /** Answers and reports about one slot. */
  #news(slot: OrchestratedSlot, event: SlotNews, nowMs: Millis, out: OrchestratorCommand[]): void {
    switch (event.type) {
      case "record":
        slot.wasRead(event.stored, nowMs, out);
        break;
      case "read-failed":
        slot.readFailed(nowMs);
        break;
      case "wrote":
        slot.wrote(event.writeId, event.result, nowMs, out);
        break;
      case "mirror-acked":
        slot.mirrorAcked(event.host, event, nowMs, out);
        break;
      case "held":
        slot.held(nowMs);
        break;
      case "drained":
        slot.drained(event.epoch, event.seq, nowMs, out);
        break;
      case "refresh":
        slot.refresh(nowMs, out);
        break;
      case "retire":
        slot.retire(event.reason, nowMs, out);
        break;
      default:
        event satisfies never;
    }
  }

  #ofSlot(id: SlotId, apply: (slot: OrchestratedSlot) => void): void {
    const slot = this.#slots.get(slotKey(id));
    if (!slot) return;
    apply(slot);
    this.#watch(slot);
  }

  #watch(slot: OrchestratedSlot): void {
    if (slot.isQuiet) this.#active.delete(slot);
    else this.#active.add(slot);
  }

  #advance(slots: Iterable<OrchestratedSlot>, nowMs: Millis, out: OrchestratorCommand[]): void {
    for (const slot of slots) {
      slot.advance(nowMs, out);
      this.#watch(slot);
    }
  }

  #open({ sessionId, slot: index }: SlotId, first: HostId, nowMs: Millis, out: OrchestratorCommand[]): void {
    const id = { sessionId, slot: index };
    const key = slotKey(id);
    if (this.#slots.has(key)) return;
    const slot = new OrchestratedSlot(id, first, this.#context);
    this.#slots.set(key, slot);
    this.#active.add(slot);
    slot.advance(nowMs, out);
  }

  #close(id: SlotId, out: OrchestratorCommand[]): void {
    const key = slotKey(id);
    const slot = this.#slots.get(key);
    if (!slot?.isQuiet) return;
    this.#slots.delete(key);
    out.push({ type: "closed", id: slot.id });
  }

  #hostUp(host: HostId, nowMs: Millis, out: OrchestratorCommand[]): void {
    const { up, suspect } = this.#context;
    if (up.has(host)) return;
    up.add(host);
    suspect.delete(host);
    this.#advance(this.#active, nowMs, out);
  }

  #hostSuspect(host: HostId, reason: string, nowMs: Millis, out: OrchestratorCommand[]): void {
    const { up, suspect } = this.#context;
    up.delete(host);
    suspect.add(host);
    for (const slot of this.#slots.values()) {
      slot.hostLost(host, reason, nowMs, out);
      this.#watch(slot);
    }
  }
}
