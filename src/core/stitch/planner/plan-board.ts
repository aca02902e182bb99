import { type Bundle, HostOutlook } from "./host-outlook.ts";
import { type Outlook, Trait } from "./outlook.ts";
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
    this.hosts = input.hosts.map((host, index) => new HostOutlook(host, outlook, index));
    const { homes } = outlook;
    for (let i = 0; i < input.slots.length; i++) this.hosts[homes[i] as number]?.slots.push(i);
  }

  /** Whether a slot has a `Trait`. */
  is(slot: number, trait: number): boolean {
    return ((this.#outlook.traits[slot] as number) & trait) !== 0;
  }

  slot(index: number): PlannedSlot {
    return this.input.slots[index] as PlannedSlot;
  }

  /** Slots that have a secondary. */
  mirrored(): readonly number[] {
    const mirrored: number[] = [];
    for (let i = 0; i < this.input.slots.length; i++) if (this.is(i, Trait.mirrored)) mirrored.push(i);
    return mirrored;
  }

  /** The highest load of a slot at any point, in messages/s, or in bytes/s where there is no other limit. */
  height(slot: number, from: HostOutlook): number {
    return this.#outlook.heights[2 * slot + (from.plan.capacity.messagesPerSec ? 0 : 1)] as number;
  }

  bundle(slots: readonly number[], from: HostOutlook): Bundle {
    const { rows, stride } = this.#outlook;
    // Most sessions have one slot, and many are tried: no copy of it.
    if (slots.length === 1) {
      const at = (slots[0] as number) * stride;
      return { rows, at, pending: from.pendingOf(rows[at] as number) };
    }
    const sum = new Float64Array(stride);
    for (const slot of slots)
      for (let i = 0; i < stride; i++) sum[i] = (sum[i] as number) + (rows[slot * stride + i] as number);
    return { rows: sum, at: 0, pending: from.pendingOf(sum[0] as number) };
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
