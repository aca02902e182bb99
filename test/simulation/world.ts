import assert from "node:assert/strict";
import type { Random } from "../../src/core/ports.ts";
import type { Envelope } from "../../src/core/record/envelope.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import { seededRandom } from "../support/seeded-random.ts";
import type { Mutant, Plan } from "./plan.ts";
import { SimGateway } from "./sim-gateway.ts";
import { type Emission, type Fold, SimHost } from "./sim-host.ts";
import type { SimRoute } from "./sim-route.ts";
import { outputId, SimStore } from "./sim-store.ts";
import { Timeline } from "./timeline.ts";

const SLOTS: readonly SlotId[] = [
  { sessionId: "cam-7", slot: 0 },
  { sessionId: "cam-7", slot: 1 },
  { sessionId: "__proto__", slot: 0 },
];
/** Faults happen before this time; then everything has to come to rest. */
const FAULTS_MS = 2500;
const REST_MS = 60_000;
const TICK_MS = 50;
/** From the failure of a host to the news of it. */
const DETECT_MS = 200;

export type NewGateway = (name: string, world: World) => SimRoute;

/** One schedule: gateway, three hosts and a store on fake time, with the faults of the plan. */
export class World {
  readonly timeline = new Timeline();
  readonly store: SimStore;
  readonly hosts: SimHost[];
  gateway: SimRoute;
  /** A second gateway, configured alike: the same slots, messages of its own. */
  readonly rival: SimRoute | undefined;
  readonly #offeredBy = new Map<string, string>();
  readonly plan: Plan;
  readonly mutant: Mutant | undefined;
  readonly believedUp = new Set<string>();
  deliveries = 0;
  repeats = 0;
  readonly #random: Random;
  readonly #storeFaults: { maxDelayMs: number; timeout: number; readFails: number };
  readonly #offered = new Map<string, string[]>();
  /** What died with a gateway before it was acknowledged: may be missing, may not be doubled. */
  readonly excused = new Set<string>();
  /** Told to be refused: may not take effect. */
  readonly refused = new Set<string>();
  readonly #sunk = new Map<string, string[]>();
  readonly #sunkIds = new Map<string, string>();
  #gateways = 1;
  #isBusy = true;

  readonly #newGateway: NewGateway;

  constructor(
    seed: number,
    plan: (random: Random) => Plan,
    mutant?: Mutant,
    newGateway: NewGateway = (name, world) => new SimGateway(name, world),
  ) {
    this.#newGateway = newGateway;
    this.#random = seededRandom(seed);
    this.plan = plan(this.#random);
    this.mutant = mutant;
    const { maxDelayMs, storeTimeout } = this.plan;
    this.#storeFaults = { maxDelayMs, timeout: storeTimeout, readFails: storeTimeout };
    this.store = new SimStore(this.timeline, this.#random, this.#storeFaults);
    this.store.isBlind = mutant === "no-cas";
    this.hosts = ["host-0", "host-1", "host-2"].map((name) => new SimHost(name, this));
    this.gateway = newGateway("gw-1", this);
    this.rival = this.plan.hasRival ? newGateway("rival", this) : undefined;
    for (const host of this.hosts) this.#believe(host.name, true);
  }

  #alive(): SimRoute[] {
    return this.rival ? [this.gateway, this.rival] : [this.gateway];
  }

  // --- chance and network ---

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  delay(): number {
    return this.#random.next() * this.plan.maxDelayMs;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random.next() * from.length)] as T;
  }

  anyHost(): SimHost {
    return this.pick(this.hosts);
  }

  #network(arrive: () => void): void {
    if (!this.chance(this.plan.loss)) this.timeline.after(this.delay(), arrive);
    if (this.chance(this.plan.duplication)) this.timeline.after(this.delay() * 4, arrive);
  }

  toHost(name: string, envelope: Envelope): void {
    this.#network(() => this.hosts.find((host) => host.name === name)?.receive(envelope));
  }

  toGateway(name: string, envelope: Envelope): void {
    this.#network(() => {
      for (const gateway of this.#alive()) if (gateway.name === name) gateway.receive(envelope);
    });
  }

  // --- faults ---

  #believe(host: string, isUp: boolean): void {
    if (this.believedUp.has(host) === isUp) return;
    if (isUp) this.believedUp.add(host);
    else this.believedUp.delete(host);
    for (const gateway of this.#alive())
      gateway.orchestrate(
        isUp ? { type: "host-up", host } : { type: "host-suspect", host, reason: "3 heartbeats missed" },
      );
  }

  #outage(host: SimHost, stop: () => void, start: () => void): void {
    if (!host.isUp || host.isPaused) return;
    stop();
    const start0 = host.incarnation;
    this.timeline.after(DETECT_MS, () => {
      if (!host.isUp || host.isPaused) this.#believe(host.name, false);
    });
    this.timeline.after(50 + this.#random.next() * 1500, () => {
      start();
      this.timeline.after(this.delay(), () => {
        this.#believe(host.name, true);
        if (host.incarnation === start0) return;
        for (const gateway of this.#alive()) gateway.retain({ type: "host-restarted", host: host.name });
      });
    });
  }

  #crash(host: SimHost): void {
    this.#outage(
      host,
      () => host.crash(),
      () => host.start(),
    );
  }

  #pause(host: SimHost): void {
    this.#outage(
      host,
      () => {
        host.isPaused = true;
      },
      () => host.resume(),
    );
  }

  #outputOutage(host: SimHost): void {
    host.isOutputAway = true;
    this.timeline.after(this.#random.next() * 1000, () => {
      host.isOutputAway = false;
    });
  }

  /** A new gateway, with no memory, under a new id; what the old one retained dies with it. */
  #crashGateway(): void {
    const old = this.gateway;
    if (!old.isUp) return;
    for (const label of old.crash()) this.excused.add(label);
    this.#replaceGateway();
  }

  /** A redeploy: what the old one still has, it hands on. */
  #redeployGateway(): void {
    this.gateway.close?.(() => this.#replaceGateway());
  }

  #replaceGateway(): void {
    this.gateway = this.#newGateway(`gw-${++this.#gateways}`, this);
    for (const host of this.believedUp) this.gateway.orchestrate({ type: "host-up", host });
  }

  // --- the checks ---

  outputsOf(label: string): Record<string, unknown>[] {
    const count = label.length % 3;
    return Array.from({ length: count }, (_, index) => ({ payload: `${label}>${index}` }));
  }

  checkCommitted(output: string): void {
    assert.ok(this.store.committedOutputs.has(output), `${output} is emitted before its commit`);
  }

  sink({ id, seq, index, message }: Emission): void {
    const output = outputId(id, seq, index);
    const payload = String(message["payload"]);
    const before = this.#sunkIds.get(output);
    if (before !== undefined) {
      this.repeats++;
      assert.equal(payload, before, `${output} has two contents`);
      return;
    }
    this.#sunkIds.set(output, payload);
    const list = this.#sunk.get(slotKey(id)) ?? [];
    list.push(payload);
    this.#sunk.set(slotKey(id), list);
  }

  #isAtRest(): boolean {
    return (
      this.#alive().every(
        ({ retention, isUp, hasPending }) => isUp && !hasPending && retention.messages === 0,
      ) && SLOTS.every((id) => this.#isSunk(id))
    );
  }

  #isSunk(id: SlotId): boolean {
    const stored = this.store.records.get(slotKey(id));
    const fold = (stored?.record.state as Fold | undefined) ?? [];
    const outputs = fold.reduce((sum, label) => sum + this.outputsOf(label).length, 0);
    return outputs <= (this.#sunk.get(slotKey(id))?.length ?? 0);
  }

  #checkSlot(id: SlotId): void {
    const key = slotKey(id);
    const fold = (this.store.records.get(key)?.record.state as Fold | undefined) ?? [];
    const committed = new Set(fold);
    const due = (this.#offered.get(key) ?? []).filter(
      (label) => committed.has(label) || !this.excused.has(label),
    );
    for (const label of fold) assert.ok(!this.refused.has(label), `${label} was refused`);
    if (this.rival) {
      // Two routes have no order between them; each keeps its own.
      assert.deepEqual(fold.toSorted(), due.toSorted(), `${key}: each message once`);
      for (const { name } of this.#alive()) {
        const own = (labels: readonly string[]): string[] =>
          labels.filter((label) => this.#offeredBy.get(label) === name);
        assert.deepEqual(own(fold), own(due), `${key}: in the order of ${name}`);
      }
    } else assert.deepEqual(fold, due, `${key}: the state is the fold of the messages, each once, in order`);
    const outputs = fold.flatMap((label) => this.outputsOf(label).map(({ payload }) => String(payload)));
    assert.deepEqual(this.#sunk.get(key) ?? [], outputs, `${key}: outputs once, in order`);
  }

  // --- the schedule ---

  #at(times: number, act: () => void): void {
    for (let i = 0; i < times; i++) this.timeline.after(this.#random.next() * FAULTS_MS, act);
  }

  #schedule(): void {
    const { messages, crashes, pauses, orchestratorRestarts, gatewayCrashes, shifts } = this.plan;
    const { outputOutages, redeploys = 0 } = this.plan;
    let count = 0;
    this.#at(messages, () => {
      const id = this.pick(SLOTS);
      this.#offer(id, `m${count++}`, this.rival && this.chance(0.5) ? this.rival : this.gateway);
    });
    this.#at(crashes, () => this.#crash(this.anyHost()));
    this.#at(pauses, () => this.#pause(this.anyHost()));
    this.#at(outputOutages, () => this.#outputOutage(this.anyHost()));
    this.#at(orchestratorRestarts, () => this.gateway.restartOrchestrator());
    this.#at(gatewayCrashes, () => this.#crashGateway());
    this.#at(redeploys, () => this.#redeployGateway());
    const order = (type: "shift" | "mirror") => () => {
      const order = { id: this.pick(SLOTS), to: this.anyHost().name, reason: "planned" };
      this.gateway.orchestrate({ type, order });
    };
    this.#at(shifts, order("shift"));
    this.#at(shifts, order("mirror"));
    this.#at(shifts / 2, () =>
      this.gateway.orchestrate({ type: "retire", id: this.pick(SLOTS), reason: "calm" }),
    );
    this.timeline.after(FAULTS_MS, () => this.#endFaults());
    this.#tick();
  }

  #endFaults(): void {
    Object.assign(this.plan, { loss: 0, duplication: 0, feedLoss: 0, logFails: 0 });
    Object.assign(this.#storeFaults, { timeout: 0, readFails: 0 });
    this.#sayLast();
  }

  /** A message per slot, so that also what died with a gateway cannot hide behind silence. */
  #sayLast(): void {
    if (!this.gateway.isUp) {
      this.timeline.after(TICK_MS, () => this.#sayLast());
      return;
    }
    for (const id of SLOTS) this.#offer(id, `end-${slotKey(id)}`, this.gateway);
    this.#isBusy = false;
  }

  #offer(id: SlotId, label: string, by: SimRoute): void {
    if (!by.isUp) return;
    this.#offered.set(slotKey(id), [...(this.#offered.get(slotKey(id)) ?? []), label]);
    this.#offeredBy.set(label, by.name);
    by.offer(id, label);
  }

  #tick(): void {
    for (const gateway of this.#alive()) gateway.tick();
    for (const host of this.hosts) host.tick();
    this.timeline.after(TICK_MS, () => this.#tick());
  }

  /** What a schedule has to come to, one after the other. */
  *#phases(): Generator<{ readonly untilMs: number; readonly isDone?: () => boolean }> {
    this.#schedule();
    yield { untilMs: FAULTS_MS };
    yield { untilMs: FAULTS_MS + REST_MS, isDone: () => !this.#isBusy && this.#isAtRest() };
    assert.ok(this.#isAtRest(), "everything is acknowledged and delivered once the faults have ended");
    // What is still on the way must not do harm.
    yield { untilMs: this.timeline.nowMs + 1000 };
    for (const id of SLOTS) this.#checkSlot(id);
    // A host that was deposed and not told learns it with its next write.
    const isEmpty = (): boolean => this.hosts.every(({ intakeBytes }) => intakeBytes === 0);
    if (!isEmpty()) yield { untilMs: this.timeline.nowMs + REST_MS, isDone: isEmpty };
    assert.ok(isEmpty(), "no host holds messages of a slot that it has not");
  }

  run(): void {
    for (const { untilMs, isDone } of this.#phases()) this.timeline.run(untilMs, isDone);
  }

  /** With adapters that answer by promises: `settle` resolves when all that could go on has. */
  async runSettling(settle: () => Promise<void> | undefined): Promise<void> {
    for (const { untilMs, isDone } of this.#phases())
      await this.timeline.runSettling(untilMs, settle, isDone);
  }
}
