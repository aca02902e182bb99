/** What the hosts' flows publish on `results/#`. */
export interface Result {
  readonly device: string;
  readonly key: string;
  readonly n: number;
  readonly host: string;
  /** The output's id: the same id again is a repeat, dropped by whoever receives it. */
  readonly id: string;
  /** Messages the slot's state had counted, this one included. */
  readonly count?: number;
}

/** What arrived on `results/…`, if it is a result. */
export function resultOf(payload: string): Result | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { device, key, n, host, id, count } = value as Partial<Record<keyof Result, unknown>>;
  const known = typeof device === "string" && typeof host === "string" && typeof id === "string";
  if (!known || typeof n !== "number" || !Number.isInteger(n)) return undefined;
  const counted = typeof count === "number" ? { count } : {};
  return { device, key: typeof key === "string" ? key : "", n, host, id, ...counted };
}
