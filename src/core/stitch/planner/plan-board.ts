import type { HostId, SessionId } from "../../units.ts";
import { demandOf } from "./demand.ts";
import { HostDemand } from "./host-demand.ts";
import type { PlanInput, PlannedSlot } from "./plan-types.ts";

/** One slot that goes to another host. */
export interface Move {
  readonly slot: number;
  readonly from: HostDemand;
  readonly to: HostDemand;
}

/** Hosts with what their slots are going to need; moves change it, so that each next one reckons with those before. */
export class PlanBoard {
  readonly input: PlanInput;
  readonly demand: Float64Array;
  readonly hosts: readonly HostDemand[];
  readonly #byName: ReadonlyMap<HostId, HostDemand>;

  constructor(input: PlanInput) {
    this.input = input;
    this.demand = demandOf(input);
    this.hosts = input.hosts.map((host) => new HostDemand(host));
    this.#byName = new Map(this.hosts.map((host) => [host.plan.host, host]));
    for (let i = 0; i < input.slots.length; i++) {
      const { owner, movingTo } = input.slots[i] as PlannedSlot;
      this.#byName.get(movingTo ?? owner)?.add(i, this.demand);
    }
  }

  host(name: HostId): HostDemand | undefined {
    return this.#byName.get(name);
  }

  slot(index: number): PlannedSlot {
    return this.input.slots[index] as PlannedSlot;
  }

  move({ slot, from, to }: Move): void {
    from.remove(slot, this.demand);
    to.add(slot, this.demand);
  }

  /** A host's slots by session, the session that adds most at `point` first. */
  sessionsOf(host: HostDemand, point: number): SessionOnHost[] {
    const split = new Map<SessionId, SessionOnHost>();
    const all: SessionOnHost[] = [];
    for (const slot of host.slots) {
      const { id, sessionSlots } = this.slot(slot);
      const adds = host.contribution(slot, this.demand, point);
      const known = sessionSlots === 1 ? undefined : split.get(id.sessionId);
      if (known) {
        known.adds += adds;
        known.slots.push({ slot, adds });
        continue;
      }
      const session = { id: id.sessionId, adds, slots: [{ slot, adds }] };
      all.push(session);
      if (sessionSlots !== 1) split.set(id.sessionId, session);
    }
    for (const { slots } of split.values()) slots.sort((a, b) => b.adds - a.adds);
    return all.sort((a, b) => b.adds - a.adds);
  }
}

export interface SessionOnHost {
  readonly id: SessionId;
  /** Of the host's utilisation. */
  adds: number;
  readonly slots: { readonly slot: number; readonly adds: number }[];
}
