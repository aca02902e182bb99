import { quote, StitchError } from "../errors.ts";
import { hostName } from "../stitch/host-settings.ts";
import type { HostId } from "../units.ts";

/** `msg.drain`: empty a host, or let it take slots again. */
export interface DrainOrder {
  readonly host: HostId;
  readonly isWanted: boolean;
}

/** `"host-1"`, or `{ host: "host-1", on: false }` to take it back. Throws StitchError `BAD_MESSAGE`. */
export function readDrainOrder(value: unknown): DrainOrder {
  const { host, on = true } =
    value !== null && typeof value === "object"
      ? (value as { readonly host?: unknown; readonly on?: unknown })
      : { host: value };
  if (typeof on !== "boolean")
    throw new StitchError("BAD_MESSAGE", `msg.drain.on must be true or false, got ${quote(on)}`);
  try {
    return { host: hostName(host, "msg.drain"), isWanted: on };
  } catch (cause) {
    throw new StitchError("BAD_MESSAGE", (cause as Error).message, { cause });
  }
}
