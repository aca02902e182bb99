import type { Random } from "../../core/ports.ts";

/** 128 bits: no other start of a gateway has the same. */
export function newGatewayId(random: Random): string {
  const part = (): string =>
    Math.floor(random.next() * 4294967296)
      .toString(16)
      .padStart(8, "0");
  return `gw-${part()}${part()}${part()}${part()}`;
}
