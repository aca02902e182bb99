import type { HostLoad } from "../../src/core/record/host-load.ts";

/** A heartbeat of an idle host. */
export function hostLoad(overrides: Partial<HostLoad> = {}): HostLoad {
  return {
    host: "host-1",
    incarnation: "i1",
    state: "up",
    atMs: 1,
    capacity: {},
    pending: 0,
    loopDelayP99Ms: 0,
    cpu: 0,
    memoryBytes: 1e8,
    ownedSlots: 0,
    ...overrides,
  };
}
