import assert from "node:assert/strict";
import type { Random } from "../../src/core/ports.ts";
import type { Envelope } from "../../src/core/record/envelope.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import { slotKey } from "../../src/core/stitch/slot-key.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { Account } from "./account.ts";
import type { Mutant, Plan } from "./plan.ts";
import { SimGateway } from "./sim-gateway.ts";
import { SimHost } from "./sim-host.ts";
import { SimLeaseEntry } from "./sim-lease.ts";
import type { SimRoute } from "./sim-route.ts";
import { SimStore } from "./sim-store.ts";
import { Timeline } from "./timeline.ts";

const SLOTS: readonly SlotId[] = [
  { sessionId: "cam-7", slot: 0 },
  { sessionId: "cam-7", slot: 1 },
  { sessionId: "__proto__", slot: 0 },
];
const FAULTS_MS = 2500;
const REST_MS = 60_000;
const TICK_MS = 50;
/** From the failure of a host to the news of it. */
const DETECT_MS = 200;
/** A gateway's longest standstill: well past its lease. */
const GATEWAY_PAUSE_MS = 4000;

/** One start of the gateway of a side; what it leaves on disk is its side's. */
export type NewGateway = (name: string, side: string, world: World) => SimRoute;

/** A gateway and those that take its place. */
interface Side {
  readonly name: string;
  route: SimRoute;
  starts: number;
}

/** One schedule: gateways, three hosts and a store on fake time, with the faults of the plan. */
export class World {
  readonly timeline = new Timeline();
  readonly store: SimStore;
  readonly lease: SimLeaseEntry;
  readonly hosts: SimHost[];
  readonly account: Account;
  readonly plan: Plan;
  readonly mutant: Mutant | undefined;
  readonly believedUp = new Set<string>();
  deliveries = 0;
  readonly #sides: Side[];
  readonly #random: Random;
  readonly #storeFaults: { maxDelayMs: number; timeout: number; readFails: number };
  readonly #faultsMs: number;
  readonly #newGateway: NewGateway;
  #isBusy = true;

  constructor(
    seed: number,
    plan: (random: Random) => Plan,
    mutant?: Mutant,
    newGateway: NewGateway = (name, _side, world) => new SimGateway(name, world),
  ) {
    this.#newGateway = newGateway;
    this.#random = seededRandom(seed);
    this.plan = plan(this.#random);
    this.mutant = mutant;
    const { maxDelayMs, storeTimeout, faultsMs = FAULTS_MS } = this.plan;
    this.#faultsMs = faultsMs;
    this.#storeFaults = { maxDelayMs, timeout: storeTimeout, readFails: storeTimeout };
    this.store = new SimStore(this.timeline, this.#random, this.#storeFaults);
    this.lease = new SimLeaseEntry(this.timeline, this.#random, this.#storeFaults);
    this.store.isBlind = mutant === "no-cas";
    this.account = new Account(this.store);
    this.hosts = ["host-0", "host-1", "host-2"].map((name) => new SimHost(name, this));
    const names = this.plan.hasRival || this.plan.standby ? ["gw", "rival"] : ["gw"];
    this.#sides = names.map((name) => ({ name, route: newGateway(`${name}-1`, name, this), starts: 1 }));
    for (const host of this.hosts) this.#believe(host.name, true);
  }

  #routes(): SimRoute[] {
    return this.#sides.map(({ route }) => route);
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

  /** Where a slot may begin: a host that is heard, or one that will be. */
  firstHost(): string {
    const heard = [...this.believedUp];
    const coming = this.hosts.filter(({ isLost }) => !isLost).map(({ name }) => name);
    return this.pick(heard.length > 0 ? heard : coming);
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
      for (const route of this.#routes()) if (route.name === name) route.receive(envelope);
    });
  }

  // --- faults ---

  #believe(host: string, isUp: boolean): void {
    if (this.believedUp.has(host) === isUp) return;
    if (isUp) this.believedUp.add(host);
    else this.believedUp.delete(host);
    for (const route of this.#routes())
      route.orchestrate(
        isUp ? { type: "host-up", host } : { type: "host-suspect", host, reason: "3 heartbeats missed" },
      );
  }

  /** Without `start` for good. */
  #outage(host: SimHost, stop: () => void, start?: () => void): void {
    if (!host.isUp || host.isPaused) return;
    stop();
    const start0 = host.incarnation;
    this.timeline.after(DETECT_MS, () => {
      if (!host.isUp || host.isPaused) this.#believe(host.name, false);
    });
    if (!start) return;
    this.timeline.after(50 + this.#random.next() * 1500, () => {
      start();
      this.timeline.after(this.delay(), () => {
        this.#believe(host.name, true);
        if (host.incarnation === start0) return;
        for (const route of this.#routes()) route.retain({ type: "host-restarted", host: host.name });
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

  /** One of the hosts at least goes on. */
  #lose(host: SimHost): void {
    if (this.hosts.filter(({ isLost }) => isLost).length === this.hosts.length - 1) return;
    this.#outage(host, () => host.lose());
  }

  #hangFlow(host: SimHost): void {
    host.hangsUntilMs = this.timeline.nowMs + this.#random.next() * 3000;
  }

  #outputOutage(host: SimHost): void {
    host.isOutputAway = true;
    this.timeline.after(this.#random.next() * 1000, () => {
      host.isOutputAway = false;
    });
  }

  /** A new gateway, with no memory, under a new id; what the old one retained dies with it. */
  #crashGateway(side: Side): void {
    if (!side.route.isUp) return;
    for (const label of side.route.crash()) this.account.excused.add(label);
    this.#replace(side);
  }

  /** A redeploy: what the old one still has, it hands on. */
  #redeploy(side: Side): void {
    if (!side.route.isPaused) side.route.close?.(() => this.#replace(side));
  }

  #replace(side: Side): void {
    side.route = this.#newGateway(`${side.name}-${++side.starts}`, side.name, this);
    for (const host of this.believedUp) side.route.orchestrate({ type: "host-up", host });
  }

  #pauseGateway({ route }: Side): void {
    if (!route.isUp || route.isPaused) return;
    route.pause?.();
    this.timeline.after(50 + this.#random.next() * GATEWAY_PAUSE_MS, () => route.resume?.());
  }

  // --- the schedule ---

  #isAtRest(): boolean {
    const isDone = ({ retention, isUp, isPaused = false, hasPending }: SimRoute): boolean =>
      isUp && !isPaused && !hasPending && retention.messages === 0;
    return this.#routes().every(isDone) && SLOTS.every((id) => this.account.isSunk(id));
  }

  #at(times: number, act: () => void): void {
    for (let i = 0; i < times; i++) this.timeline.after(this.#random.next() * this.#faultsMs, act);
  }

  #schedule(): void {
    const { messages, crashes, pauses, orchestratorRestarts, gatewayCrashes, shifts } = this.plan;
    const { outputOutages, redeploys = 0, gatewayPauses = 0, lostHosts = 0, flowHangs = 0 } = this.plan;
    let count = 0;
    this.#at(messages, () => this.#offer(this.pick(SLOTS), `m${count++}`));
    this.#at(crashes, () => this.#crash(this.anyHost()));
    this.#at(pauses, () => this.#pause(this.anyHost()));
    this.#at(flowHangs, () => this.#hangFlow(this.anyHost()));
    this.#at(lostHosts, () => this.#lose(this.anyHost()));
    this.#at(outputOutages, () => this.#outputOutage(this.anyHost()));
    this.#at(orchestratorRestarts, () => this.pick(this.#routes()).restartOrchestrator?.());
    this.#at(gatewayCrashes, () => this.#crashGateway(this.pick(this.#sides)));
    this.#at(gatewayPauses, () => this.#pauseGateway(this.pick(this.#sides)));
    this.#at(redeploys, () => this.#redeploy(this.pick(this.#sides)));
    const order = (type: "shift" | "mirror") => () => {
      const order = { id: this.pick(SLOTS), to: this.anyHost().name, reason: "planned" };
      this.pick(this.#routes()).orchestrate({ type, order });
    };
    this.#at(shifts, order("shift"));
    this.#at(shifts, order("mirror"));
    this.#at(shifts / 2, () => {
      this.pick(this.#routes()).orchestrate({ type: "retire", id: this.pick(SLOTS), reason: "calm" });
    });
    this.timeline.after(this.#faultsMs, () => this.#endFaults());
    this.#tick();
  }

  #endFaults(): void {
    Object.assign(this.plan, { loss: 0, duplication: 0, feedLoss: 0, logFails: 0 });
    Object.assign(this.#storeFaults, { timeout: 0, readFails: 0 });
    if (this.plan.endsSilent) this.#isBusy = false;
    else this.#sayLast(SLOTS);
  }

  /** A message per slot, so that also what died with a gateway cannot hide behind silence. */
  #sayLast(left: readonly SlotId[]): void {
    if (this.#routes().some(({ isUp, isPaused }) => !isUp || isPaused)) {
      this.timeline.after(TICK_MS, () => this.#sayLast(left));
      return;
    }
    // Where none works for the moment it is said again.
    const untaken = left.filter((id) => !this.#offer(id, `end-${slotKey(id)}`));
    if (untaken.length > 0) this.timeline.after(TICK_MS, () => this.#sayLast(untaken));
    else this.#isBusy = false;
  }

  /** To one of the gateways, or to both where one of them stands by; whether it was taken at once. */
  #offer(id: SlotId, label: string): boolean {
    const sides = this.plan.standby ? this.#sides : [this.pick(this.#sides)];
    let isTaken = false;
    for (const { name, route } of sides)
      if (route.isUp)
        route.offer(id, label, () => {
          isTaken = true;
          this.account.offered(id, label, name);
        });
    return isTaken;
  }

  #tick(): void {
    for (const route of this.#routes()) route.tick();
    for (const host of this.hosts) host.tick();
    this.timeline.after(TICK_MS, () => this.#tick());
  }

  /** What a schedule has to come to, one after the other. */
  *#phases(): Generator<{ readonly untilMs: number; readonly isDone?: () => boolean }> {
    this.#schedule();
    yield { untilMs: this.#faultsMs };
    yield { untilMs: this.#faultsMs + REST_MS, isDone: () => !this.#isBusy && this.#isAtRest() };
    assert.ok(this.#isAtRest(), "everything is acknowledged and delivered once the faults have ended");
    assert.ok(!this.#isBusy, "a gateway takes messages once the faults have ended");
    // What is still on the way must not do harm.
    yield { untilMs: this.timeline.nowMs + 1000 };
    const sides = this.#sides.map(({ name }) => name);
    for (const id of SLOTS) this.account.check(id, sides);
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
