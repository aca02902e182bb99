import type { Clock, Millis } from "../../core/ports.ts";

/** What a peer can cause may be said so often, per kind. */
const SAY_AGAIN_MS: Millis = 10_000;

const kindOf = (error: Error): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : error.name;
};

/** Hands on the first error of each kind, then one per kind and interval with the count of those left out. */
export class SparseErrors {
  readonly #clock: Clock;
  readonly #say: (text: string) => void;
  readonly #kinds = new Map<string, { saidAtMs: Millis; leftOut: number }>();

  constructor(clock: Clock, say: (text: string) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  add(error: Error): void {
    const kind = kindOf(error);
    const nowMs = this.#clock.now();
    const said = this.#kinds.get(kind);
    if (said && nowMs - said.saidAtMs < SAY_AGAIN_MS) {
      said.leftOut++;
      return;
    }
    const more = said?.leftOut ? ` (and ${said.leftOut} more like it)` : "";
    this.#kinds.set(kind, { saidAtMs: nowMs, leftOut: 0 });
    this.#say(error.message + more);
  }
}
