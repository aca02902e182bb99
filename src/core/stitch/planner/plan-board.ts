import type { HostId, SessionId } from "../../units.ts";
import { HostDemand, type Look } from "./host-demand.ts";
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
  readonly hosts: readonly HostDemand[];
  readonly #byName: ReadonlyMap<HostId, HostDemand>;

  /** `demand`: what each slot is going to need, by its index. */
  constructor(input: PlanInput, demand: Float64Array) {
    this.input = input;
    const of = { slots: input.slots, demand };
    this.hosts = input.hosts.map((host) => new HostDemand(host, of));
    this.#byName = new Map(this.hosts.map((host) => [host.plan.host, host]));
    for (let i = 0; i < input.slots.length; i++) {
      const { owner, movingTo } = input.slots[i] as PlannedSlot;
      this.#byName.get(movingTo ?? owner)?.add(i);
    }
  }

  host(name: HostId): HostDemand | undefined {
    return this.#byName.get(name);
  }

  slot(index: number): PlannedSlot {
    return this.input.slots[index] as PlannedSlot;
  }

  move({ slot, from, to }: Move): void {
    from.remove(slot);
    to.add(slot);
  }

  /** A host's slots by session, the session that adds most at `point` first. */
  sessionsOf(host: HostDemand, point: number, spread: Look["spread"]): SessionOnHost[] {
    const split = new Map<SessionId, number[]>();
    const all: SessionOnHost[] = [];
    for (const slot of host.slots) {
      const { id, sessionSlots } = this.slot(slot);
      if (sessionSlots === 1) {
        const adds = host.contribution([slot], point, spread);
        all.push({ id: id.sessionId, adds, slots: [{ slot, adds }] });
        continue;
      }
      const mine = split.get(id.sessionId);
      if (mine) mine.push(slot);
      else split.set(id.sessionId, [slot]);
    }
    for (const [id, mine] of split) {
      const slots = mine.map((slot) => ({ slot, adds: host.contribution([slot], point, spread) }));
      slots.sort((a, b) => b.adds - a.adds);
      all.push({ id, adds: host.contribution(mine, point, spread), slots });
    }
    return all.sort((a, b) => b.adds - a.adds);
  }
}

export interface SessionOnHost {
  readonly id: SessionId;
  /** What the host's utilisation falls by when it leaves. */
  readonly adds: number;
  readonly slots: readonly { readonly slot: number; readonly adds: number }[];
}
