import { quote, StitchError } from "../../core/errors.ts";
import type { PageQuery } from "./session-pages.ts";
import type { SessionSort } from "./views.ts";

const SORTS: readonly unknown[] = ["id", "pattern", "rate", "bytes", "peak", "owner"] satisfies SessionSort[];
const MAX_SIZE = 200;
const DEFAULT_SIZE = 50;
const MAX_SEARCH = 256;

/** A whole number of a query string; absent: `fallback`. Throws StitchError `BAD_VALUE`. */
export function readCount(value: unknown, fallback: number): number {
  if (value === undefined || value === "") return fallback;
  const number = typeof value === "string" ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new StitchError("BAD_VALUE", `the query takes whole numbers from 0, got ${quote(value)}`);
}

/** Throws StitchError `BAD_VALUE` that names what is wrong. */
export function readPageQuery(query: Readonly<Record<string, unknown>>): PageQuery {
  const { search = "", sort = "peak", order = "desc" } = query;
  if (typeof search !== "string" || search.length > MAX_SEARCH)
    throw new StitchError("BAD_VALUE", `search must be a text of at most ${MAX_SEARCH} characters`);
  if (!SORTS.includes(sort))
    throw new StitchError("BAD_VALUE", `sort must be one of ${SORTS.join(", ")}, got ${quote(sort)}`);
  if (order !== "asc" && order !== "desc")
    throw new StitchError("BAD_VALUE", `order must be asc or desc, got ${quote(order)}`);
  const size = readCount(query["size"], DEFAULT_SIZE);
  if (size < 1 || size > MAX_SIZE)
    throw new StitchError("BAD_VALUE", `size must be 1 to ${MAX_SIZE} rows, got ${size}`);
  const page = readCount(query["page"], 0);
  return { search, sort: sort as SessionSort, isDescending: order === "desc", page, size };
}
