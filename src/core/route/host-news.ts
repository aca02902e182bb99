import type { HostId } from "../units.ts";

/** What a change of a host means for its slots. */
export type HostNews =
  | { readonly type: "host-up"; readonly host: HostId }
  | { readonly type: "host-suspect"; readonly host: HostId; readonly reason: string }
  /** Back within the time to be missed: what it held in memory is gone. */
  | { readonly type: "host-restarted"; readonly host: HostId };
