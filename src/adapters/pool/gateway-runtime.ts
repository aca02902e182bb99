import { StitchError } from "../../core/errors.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Gateway } from "./gateway-pool.ts";
import { LinkedGateway } from "./linked-gateway.ts";
import { WiredGateway } from "./wired-gateway.ts";

/**
 * The gateway's end of a pool: linked to hosts over a StreamLink, or wired to them within this flow. The link and the
 * records stay the caller's: they are closed after the gateway. Throws StitchError `BAD_CONFIG` for a link without records.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { link, records, settings } = options;
  if (!link) return new WiredGateway(options);
  if (records) return new LinkedGateway(options, link, records);
  throw new StitchError("BAD_CONFIG", `pool ${settings.name} has a broker but no session-store`);
}
