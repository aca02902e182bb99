import type { HostId } from "../../units.ts";
import { type Bundle, HostOutlook } from "./host-outlook.ts";
import type { Outlook } from "./outlook.ts";
import type { PlanInput, PlannedSlot } from "./plan-types.ts";

/** Slots of one session that go to another host together. */
export interface Move {
  readonly slots: readonly number[];
  readonly bundle: Bundle;
  readonly from: HostOutlook;
  readonly to: HostOutlook;
}

/** Hosts with what their slots are going to need; moves change it, so that each next one reckons with those before. */
export class PlanBoard {
  readonly input: PlanInput;
  readonly hosts: readonly HostOutlook[];
  readonly #outlook: Outlook;

  constructor(input: PlanInput, outlook: Outlook) {
    this.input = input;
    this.#outlook = outlook;
    this.hosts = input.hosts.map((host) => new HostOutlook(host, outlook));
    const byName = new Map<HostId, HostOutlook>(this.hosts.map((host) => [host.plan.host, host]));
    for (let i = 0; i < input.slots.length; i++) {
      const { owner, movingTo } = input.slots[i] as PlannedSlot;
      byName.get(movingTo ?? owner)?.add(i);
    }
  }

  slot(index: number): PlannedSlot {
    return this.input.slots[index] as PlannedSlot;
  }

  /** The highest load of a slot at any point, in messages/s, or in bytes/s where there is no other limit. */
  height(slot: number, from: HostOutlook): number {
    return this.#outlook.heights[2 * slot + (from.plan.capacity.messagesPerSec ? 0 : 1)] as number;
  }

  bundle(slots: readonly number[], from: HostOutlook): Bundle {
    const { rows, stride } = this.#outlook;
    const row = new Float64Array(stride);
    for (const slot of slots)
      for (let i = 0; i < stride; i++) row[i] = (row[i] as number) + (rows[slot * stride + i] as number);
    return { row, pending: from.pendingOf(row) };
  }

  move({ slots, bundle, from, to }: Move): void {
    from.queue(-bundle.pending);
    to.queue(bundle.pending);
    for (const slot of slots) {
      from.remove(slot);
      to.add(slot);
    }
  }
}
