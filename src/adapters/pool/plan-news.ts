import type { PlanEvent } from "../../core/stitch/protocol.ts";

/** Tells listeners; one that throws keeps neither the others nor the protocol from going on. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** First messages are no decision: they don't take the place of one in the status. */
const NO_DECISION: ReadonlySet<PlanEvent["kind"]> = new Set(["opened", "warm"]);

/** What the gateway did and why. */
export class PlanNews extends Listeners<PlanEvent> {
  #reason: string | undefined;

  /** Latest decision. */
  get reason(): string | undefined {
    return this.#reason;
  }

  override tell(event: PlanEvent): void {
    if (!NO_DECISION.has(event.kind)) this.#reason = event.reason;
    super.tell(event);
  }
}
