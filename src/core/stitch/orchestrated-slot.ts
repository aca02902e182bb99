import type { Millis } from "../ports.ts";
import type { RecordWrite } from "../record/record-store.ts";
import type { SlotId, StoredRecord } from "../record/slot-record.ts";
import type { Epoch, HostId, Seq } from "../units.ts";
import { nextEpoch } from "./next-epoch.ts";
import type { OrchestratorContext } from "./orchestrator-context.ts";
import { landedEvent, planEvent } from "./plan-event.ts";
import type { OrchestratorCommand, PlanEventKind, SlotState } from "./protocol.ts";
import { type PendingWrite, RecordIo, type RecordNews } from "./record-io.ts";
import { RecordReads } from "./record-reads.ts";
import { type RecordPosition, Secondaries } from "./secondaries.ts";
import type { FailoverGoal, OpenGoal, ShiftGoal, SlotGoal } from "./slot-goal.ts";
import { slotKey } from "./slot-key.ts";

/** A shift to a host that does not get warm in this time is given up. */
const WARM_TIMEOUT_MS = 10_000;

/** One slot in the orchestrator: a goal, what is known of the record, and the one read or write in flight. */
export class OrchestratedSlot {
  readonly id: SlotId;
  readonly secondaries: Secondaries = new Secondaries();
  readonly #context: OrchestratorContext;
  readonly #record = new RecordIo<SlotGoal>();
  readonly #reads = new RecordReads();
  #goal: SlotGoal | undefined;
  /** As told to retention and to the route table. */
  #assigned: { readonly epoch: Epoch; readonly owner: HostId } | undefined;
  #isHeld = false;

  constructor(id: SlotId, first: HostId, context: OrchestratorContext) {
    this.id = id;
    this.#context = context;
    this.#goal = { kind: "open", first, isRetake: false };
  }

  get epoch(): Epoch {
    return this.#assigned?.epoch ?? 0;
  }

  get owner(): HostId | undefined {
    return this.#assigned?.owner;
  }

  /** Nothing is under way that a tick or an answer would have to go on with. */
  get isQuiet(): boolean {
    return this.#record.isIdle && this.#reads.isNone && !this.#goal && this.secondaries.size === 0;
  }

  state(nowMs: Millis): SlotState {
    switch (this.#goal?.kind) {
      case "open":
        return "opening";
      case "failover":
        return "failover";
      case "shift":
        return this.#goal.phase === "warm" ? "mirroring" : "shifting";
      default:
        if (this.secondaries.size === 0) return "single";
        return this.secondaries.hosts().some((host) => this.isWarm(host, nowMs)) ? "warm" : "mirroring";
    }
  }

  /** Its replica was current and its minimal stream acknowledged within 3 intervals (DESIGN.md section 6, rule 4). */
  isWarm(host: HostId, nowMs: Millis): boolean {
    const isFresh = this.secondaries.isFresh(host, nowMs - 3 * this.#context.mirrorIntervalMs);
    return isFresh && !this.#context.suspect.has(host);
  }

  #suspicion(host: HostId): string | undefined {
    return this.#context.suspect.has(host) ? `${host} is suspect` : undefined;
  }

  mirror(to: HostId, reason: string, nowMs: Millis, out: OrchestratorCommand[]): void {
    if (to === this.owner || !this.secondaries.add(to)) return;
    this.#reads.mirrorAfter(0, nowMs);
    this.#event("mirrored", nowMs, reason, to, out);
    this.advance(nowMs, out);
  }

  shift(to: HostId, reason: string, nowMs: Millis, out: OrchestratorCommand[]): void {
    if (to === this.owner) return;
    const obstacle = this.#goal ? `slot is busy: ${this.#goal.kind}` : this.#suspicion(to);
    if (obstacle) {
      this.#event("gave-up", nowMs, `${reason}; ${obstacle}`, to, out);
      return;
    }
    const deadlineMs = nowMs + WARM_TIMEOUT_MS;
    this.#goal = { kind: "shift", to, reason, phase: "warm", deadlineMs, heldAtMs: nowMs };
    this.mirror(to, reason, nowMs, out);
    this.advance(nowMs, out);
  }

  retire(reason: string, nowMs: Millis, out: OrchestratorCommand[]): void {
    const kept = this.#goal?.kind === "shift" ? this.#goal.to : undefined;
    for (const to of this.secondaries.hosts()) {
      if (to === kept) continue;
      this.secondaries.delete(to);
      this.#event("retired", nowMs, reason, to, out);
    }
  }

  refresh(nowMs: Millis, out: OrchestratorCommand[]): void {
    this.#reads.refresh();
    this.advance(nowMs, out);
  }

  mirrorAcked(host: HostId, { epoch, seq }: RecordPosition, nowMs: Millis, out: OrchestratorCommand[]): void {
    if (this.secondaries.acked(host, { epoch, seq }, nowMs))
      this.#event("warm", nowMs, `${host} holds epoch ${epoch}, message ${seq}`, host, out);
    this.advance(nowMs, out);
  }

  held(nowMs: Millis): void {
    if (this.#goal?.kind === "shift" && this.#goal.phase === "drain")
      this.#goal = { ...this.#goal, heldAtMs: nowMs };
  }

  drained(epoch: Epoch, seq: Seq, nowMs: Millis, out: OrchestratorCommand[]): void {
    if (this.#goal?.kind !== "shift" || this.#goal.phase !== "drain" || epoch !== this.epoch) return;
    this.#move(this.#goal, this.#record.stored?.record.seq === seq, nowMs, out);
  }

  hostLost(host: HostId, reason: string, nowMs: Millis, out: OrchestratorCommand[]): void {
    this.secondaries.cool(host);
    if (host === this.owner && this.#goal?.kind !== "failover") this.#goal = { kind: "failover", reason };
    this.advance(nowMs, out);
  }

  wasRead(stored: StoredRecord | undefined, nowMs: Millis, out: OrchestratorCommand[]): void {
    const again = this.#record.again(stored);
    if (again) {
      this.#put(again, out);
      return;
    }
    this.#handleNews(this.#record.wasRead(stored, this.epoch, nowMs), nowMs, out);
    this.#useRead(nowMs, out);
    this.advance(nowMs, out);
  }

  readFailed(nowMs: Millis): void {
    this.#record.failed(nowMs);
  }

  wrote(writeId: string, result: RecordWrite, nowMs: Millis, out: OrchestratorCommand[]): void {
    this.#handleNews(this.#record.wrote(writeId, result, this.epoch, nowMs), nowMs, out);
    this.advance(nowMs, out);
  }

  #handleNews(news: RecordNews<SlotGoal>, nowMs: Millis, out: OrchestratorCommand[]): void {
    if (news.kind === "landed") this.#landed(news.write, nowMs, out);
    // While opening, what stands is the base of the take-over. Later it is another gateway's doing, whose
    // numbers are not ours: take the slot back, so that one route at a time numbers it.
    else if (news.kind === "moved" && this.#assigned) {
      if (this.#goal?.kind === "shift")
        this.#giveUp(this.#goal, "another gateway moved the slot", nowMs, out);
      this.#goal = { kind: "open", isRetake: true };
    }
  }

  /** Emits the next command that the goal needs; called after every event, does nothing while an answer is due. */
  advance(nowMs: Millis, out: OrchestratorCommand[]): void {
    this.#mirrorRound(nowMs);
    if (!this.#record.isReady(nowMs)) return;
    if (this.#record.isWriting || this.#reads.begins(nowMs)) {
      this.#record.read();
      out.push({ type: "read", id: this.id });
      return;
    }
    const goal = this.#goal;
    switch (goal?.kind) {
      case "open":
        this.#open(goal, out);
        break;
      case "failover":
        this.#failover(goal, nowMs, out);
        break;
      case "shift":
        this.#goOnShifting(goal, nowMs, out);
        break;
      case undefined:
        break;
      default:
        goal satisfies never;
    }
  }

  /**
   * For the owner that stands, where it is up; else for the one given, or for another: that a host is lost is told only
   * of those that were heard.
   */
  #open(goal: OpenGoal, out: OrchestratorCommand[]): void {
    const { up } = this.#context;
    const stands = this.#record.stored?.record.owner;
    const isUp = stands !== undefined && up.has(stands);
    const owner = isUp ? stands : (goal.first ?? this.#context.chooseHost(this.id, up));
    // No host is up: the next host-up goes on from here.
    if (owner !== undefined) this.#writeOwner(owner, goal, out);
  }

  #mirrorRound(nowMs: Millis): void {
    if (this.secondaries.size > 0 && !this.#isHeld && this.#assigned)
      this.#reads.mirrorRound(this.#context.mirrorIntervalMs, nowMs);
  }

  /** A record was read: tells those who waited for one. */
  #useRead(nowMs: Millis, out: OrchestratorCommand[]): void {
    const due = this.#reads.answered();
    const { stored } = this.#record;
    const { id } = this;
    if (!stored || !this.#assigned || this.#goal?.kind === "open") return;
    const { record } = stored;
    const { epoch, seq, begun } = record;
    if (due === "refresh") out.push({ type: "assign", id, ...this.#assigned, seq, ...(begun && { begun }) });
    if (due === "no" || this.#isHeld) return;
    this.#reads.mirrorAfter(this.#context.mirrorIntervalMs, nowMs);
    for (const host of this.secondaries.ask({ epoch, seq }))
      out.push({ type: "send-mirror", id, host, epoch, seq });
  }

  #failover(goal: FailoverGoal, nowMs: Millis, out: OrchestratorCommand[]): void {
    const { up, suspect } = this.#context;
    if (this.owner !== undefined && !suspect.has(this.owner)) {
      // Back before anybody took its place.
      this.#goal = undefined;
      this.#release(out);
      return;
    }
    const warm = this.secondaries.hosts().find((host) => up.has(host) && this.isWarm(host, nowMs));
    const to = warm ?? this.#context.chooseHost(this.id, up);
    // No host is up: the next host-up goes on from here.
    if (to !== undefined) this.#writeOwner(to, goal, out);
  }

  #goOnShifting(goal: ShiftGoal, nowMs: Millis, out: OrchestratorCommand[]): void {
    const obstacle = this.#suspicion(goal.to);
    if (obstacle) this.#giveUp(goal, obstacle, nowMs, out);
    else if (goal.phase === "move") this.#writeOwner(goal.to, goal, out);
    else if (goal.phase === "drain") {
      if (nowMs - goal.heldAtMs >= this.#context.drainTimeoutMs) this.#move(goal, false, nowMs, out);
    } else if (this.isWarm(goal.to, nowMs)) {
      if (!this.#context.holds.take(slotKey(this.id), nowMs)) return;
      this.#goal = { ...goal, phase: "drain", heldAtMs: nowMs };
      this.#isHeld = true;
      this.#event("shifting", nowMs, goal.reason, goal.to, out);
      out.push({ type: "hold", id: this.id });
    } else if (nowMs >= goal.deadlineMs) this.#giveUp(goal, `${goal.to} did not get warm`, nowMs, out);
  }

  /**
   * Drained, or waited long enough: what the owner committed is the base. Read once more unless the last version
   * read holds all of it already; should the owner have written since, the compare-and-set tells.
   */
  #move(goal: ShiftGoal, isRead: boolean, nowMs: Millis, out: OrchestratorCommand[]): void {
    this.#goal = { ...goal, phase: "move" };
    if (!isRead) this.#reads.plain();
    this.advance(nowMs, out);
  }

  #giveUp(goal: ShiftGoal, why: string, nowMs: Millis, out: OrchestratorCommand[]): void {
    this.#goal = undefined;
    this.#event("gave-up", nowMs, `${goal.reason}; ${why}`, goal.to, out);
    this.#release(out);
  }

  #release(out: OrchestratorCommand[]): void {
    this.#context.holds.give(slotKey(this.id));
    if (!this.#isHeld) return;
    this.#isHeld = false;
    out.push({ type: "release", id: this.id });
  }

  #writeOwner(owner: HostId, purpose: SlotGoal, out: OrchestratorCommand[]): void {
    const { stored } = this.#record;
    const record = nextEpoch(stored?.record, {
      owner,
      known: this.epoch,
      writeId: this.#context.nextWriteId(),
    });
    this.#put({ record, expected: stored?.revision ?? 0, purpose }, out);
  }

  #put(write: PendingWrite<SlotGoal>, out: OrchestratorCommand[]): void {
    const { record, expected } = this.#record.put(write);
    out.push({ type: "write", id: this.id, record, expected });
  }

  #landed({ record, purpose }: PendingWrite<SlotGoal>, nowMs: Millis, out: OrchestratorCommand[]): void {
    const { owner: from, id } = this;
    const { epoch, owner: to, seq, begun } = record;
    this.#assigned = { epoch, owner: to };
    this.#isHeld = false;
    this.#context.holds.give(slotKey(this.id));
    this.secondaries.delete(to);
    out.push({ type: "assign", id, epoch, owner: to, seq, ...(begun && { begun }) });
    out.push(landedEvent(purpose, { id, epoch, from, to }, nowMs));
    const reason = this.#suspicion(to);
    this.#goal = reason ? { kind: "failover", reason } : undefined;
  }

  #event(kind: PlanEventKind, atMs: Millis, reason: string, to: HostId, out: OrchestratorCommand[]): void {
    const { id, epoch, owner: from } = this;
    out.push(planEvent({ id, epoch, kind, atMs, reason, from, to }));
  }
}
