import type { Millis } from "../../core/ports.ts";
import type { HostId } from "../../core/units.ts";
import type { Gateway, SessionView } from "../pool/gateway-pool.ts";
import type { SessionDirectory, SessionEntry } from "../pool/session-directory.ts";
import { rounded } from "./rounded.ts";
import type { SessionPage, SessionRow, SessionSort } from "./views.ts";

export interface PageQuery {
  /** Part of the session's id, its pattern or its owner; any case. */
  readonly search: string;
  readonly sort: SessionSort;
  readonly isDescending: boolean;
  /** From 0. */
  readonly page: number;
  readonly size: number;
}

/** A session with its key to sort by: rows are made of those on the page only. */
interface Found {
  readonly session: SessionView;
  readonly entry: SessionEntry | undefined;
  readonly key: number | string;
}

/** The host with most of it. */
export function ownerOf(shares: Readonly<Record<HostId, number>>): HostId | undefined {
  let owner: HostId | undefined;
  for (const host in shares)
    if (owner === undefined || (shares[host] as number) > (shares[owner] as number)) owner = host;
  return owner;
}

const patternOf = (entry: SessionEntry | undefined): SessionRow["pattern"] =>
  entry?.profile?.pattern ?? entry?.summary?.pattern ?? "unknown";

function keyOf(session: SessionView, entry: SessionEntry | undefined, sort: SessionSort, nowMs: Millis) {
  switch (sort) {
    case "id":
      return session.id;
    case "pattern":
      return patternOf(entry);
    case "rate":
      return session.rate(nowMs).messagesPerSec;
    case "bytes":
      return session.rate(nowMs).bytesPerSec;
    case "peak":
      return entry?.profile?.allocation.peakBps ?? 0;
    case "owner":
      return ownerOf(session.shares) ?? "";
    default:
      return sort satisfies never;
  }
}

function isFound(session: SessionView, entry: SessionEntry | undefined, search: string): boolean {
  if (search === "") return true;
  if (session.id.toLowerCase().includes(search) || patternOf(entry).includes(search)) return true;
  for (const host in session.shares) if (host.toLowerCase().includes(search)) return true;
  return false;
}

const compare = (a: Found, b: Found): number => {
  if (a.key < b.key) return -1;
  if (a.key > b.key) return 1;
  // Equal ones keep their places from page to page.
  return a.session.id < b.session.id ? -1 : 1;
};

export function sessionRow(
  session: SessionView,
  entry: SessionEntry | undefined,
  gateway: Gateway,
  nowMs: Millis,
): SessionRow {
  const { messagesPerSec, bytesPerSec } = session.rate(nowMs);
  const { allocation } = entry?.profile ?? {};
  const owner = ownerOf(session.shares);
  const pinnedTo = gateway.operator.pins.get(session.id);
  return {
    id: session.id,
    pattern: patternOf(entry),
    messagesPerSec: rounded(messagesPerSec),
    bytesPerSec: rounded(bytesPerSec),
    ...(allocation && { peakBps: rounded(allocation.peakBps), peakAtMs: allocation.peakAtMs }),
    ...(owner === undefined ? undefined : { owner }),
    shares: session.shares,
    ...(pinnedTo === undefined ? undefined : { pinnedTo }),
  };
}

/** An order holds so long: whoever pages through it sees each session once, and pays for it once. */
const KEPT_MS = 2000;
/** Whoever looks at one page again wants it as it is now; at most so often. */
const AGAIN_MS = 500;

interface Order {
  readonly of: string;
  readonly atMs: Millis;
  readonly found: readonly Found[];
  /** That was asked for latest. */
  page: number;
}

/** Pages of the sessions that are found, in order. */
export class SessionPages {
  #order: Order | undefined;

  page(gateway: Gateway, directory: SessionDirectory, query: PageQuery, nowMs: Millis): SessionPage {
    const { found } = this.#ordered(gateway, directory, query, nowMs);
    const { size } = query;
    const page = Math.max(0, Math.min(query.page, Math.ceil(found.length / size) - 1));
    const rows = found
      .slice(page * size, (page + 1) * size)
      .map(({ session, entry }) => sessionRow(session, entry, gateway, nowMs));
    return { found: found.length, page, size, rows };
  }

  #ordered(gateway: Gateway, directory: SessionDirectory, query: PageQuery, nowMs: Millis): Order {
    const { search, sort, isDescending, page } = query;
    const of = JSON.stringify([search, sort, isDescending]);
    const known = this.#order;
    if (known?.of === of && nowMs - known.atMs < (known.page === page ? AGAIN_MS : KEPT_MS)) {
      known.page = page;
      return known;
    }
    const found = findAll(gateway, directory, search.toLowerCase(), sort, nowMs);
    found.sort(isDescending ? (a, b) => compare(b, a) : compare);
    this.#order = { of, atMs: nowMs, found, page };
    return this.#order;
  }
}

function findAll(
  gateway: Gateway,
  directory: SessionDirectory,
  search: string,
  sort: SessionSort,
  nowMs: Millis,
): Found[] {
  const found: Found[] = [];
  for (const session of gateway.sessions()) {
    const entry = directory.find(session.id);
    if (isFound(session, entry, search))
      found.push({ session, entry, key: keyOf(session, entry, sort, nowMs) });
  }
  return found;
}
