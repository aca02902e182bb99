import type { HostId } from "../units.ts";

export interface WeightedHost {
  readonly host: HostId;
  /** Relative, > 0. */
  readonly weight: number;
}

const TWO_32 = 4294967296;

/** FNV-1a over UTF-16 units, finished as MurmurHash3 does (Appleby 2011): FNV alone leaves the high bits of short keys alike. */
export function hash32(text: string, seed = 0x811c9dc5): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The host with the highest -weight / ln(u), u = a hash of key and host in (0, 1): each host gets its weight's share
 * of the keys, and only the keys of a host that leaves move (Thaler and Ravishankar 1998; the logarithmic weights:
 * Schindelhauer and Schomaker 2005). undefined: no host.
 */
export function rendezvous(key: string, hosts: Iterable<WeightedHost>): HostId | undefined {
  const seed = hash32(key);
  let best: HostId | undefined;
  let highest = 0;
  for (const { host, weight } of hosts) {
    const score = -weight / Math.log((hash32(host, seed) + 0.5) / TWO_32);
    if (score <= highest) continue;
    best = host;
    highest = score;
  }
  return best;
}
