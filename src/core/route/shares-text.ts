import type { Share } from "../units.ts";

/** Node-RED's status texts are shorter than 20 characters. */
const MOST_TEXT = 19;
const EACH = /^\d+(?:\/\d+)* %$/;

/** "40/30/30 %": each output's share of what was sent lately, as far as it fits. */
export function sharesText(shares: readonly Share[]): string {
  const text = `${shares.map((share) => Math.round(share * 100)).join("/")} %`;
  if (text.length <= MOST_TEXT) return text;
  return `${shares.length} hosts, max ${Math.round(Math.max(...shares) * 100)} %`;
}

/** The shares in per cent that such a text tells; none where it tells another thing. */
export function percentsOf(text: unknown): readonly number[] {
  return typeof text === "string" && EACH.test(text) ? text.slice(0, -2).split("/").map(Number) : [];
}

/** Of a wired output: "host-1 · 40 %" while the route runs, else its host. */
export function outputLabel(hosts: readonly string[], index: number, status: unknown): string {
  const host = hosts[index] ?? "";
  const percents = percentsOf(status);
  return percents.length === hosts.length && host ? `${host} · ${percents[index]} %` : host;
}
