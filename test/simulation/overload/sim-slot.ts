import type { HostLoad } from "../../../src/core/record/host-load.ts";
import type { SlotId, StoredRecord } from "../../../src/core/record/slot-record.ts";
import type { Fleet, SimSession } from "./scenario.ts";
import type { SimHost } from "./sim-host.ts";

/** A slot as the gateway and the store know it. */
export interface Slot {
  readonly id: SlotId;
  readonly session: SimSession;
  owner: SimHost | undefined;
  isOpen: boolean;
  /** Arrivals that wait: the slot is held, or its owner is down. */
  held: number[] | undefined;
  movingTo: { readonly host: string; readonly atMs: number } | undefined;
  stored: StoredRecord | undefined;
}

/** All slots of a fleet, none of them open. */
export function slotsOf({ sessions, sessionOf }: Fleet): Slot[] {
  return Array.from(sessionOf, (at, slot) => {
    const session = sessions[at] as SimSession;
    const id = { sessionId: session.id, slot: slot - session.firstSlot };
    const none = { owner: undefined, held: undefined, movingTo: undefined, stored: undefined };
    return { id, session, isOpen: false, ...none };
  });
}

/** Its rate is what it does while it has work waiting, as a receive node measures. */
export function heartbeatOf(host: SimHost, nowMs: number): HostLoad {
  return {
    host: host.spec.host,
    incarnation: host.downUntilMs > 0 ? "second" : "first",
    state: "up",
    atMs: nowMs,
    capacity: { messagesPerSec: host.spec.perSec },
    serviceRatePerSec: host.rate(nowMs),
    pending: host.pending,
    loopDelayP99Ms: 1,
    cpu: 0.5,
    memoryBytes: 1e8,
    ownedSlots: 0,
  };
}
