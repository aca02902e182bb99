import type { StoreDriver } from "../../core/record/store-driver.ts";
import type { MirrorLink } from "./mirror-link.ts";
import { isStamped } from "./stamped-value.ts";

/** Publishes under way at once. */
const WINDOW = 200;

/**
 * Brings keys' newest local values to the broker, each at most once at a time; what changes meanwhile is published
 * afterwards. Holds keys only, so that a broker that stays away costs little memory.
 */
export class MirrorOutbox {
  readonly #local: StoreDriver;
  readonly #link: MirrorLink;
  readonly #waiting = new Set<string>();
  readonly #busy = new Set<string>();

  constructor(local: StoreDriver, link: MirrorLink) {
    this.#local = local;
    this.#link = link;
  }

  /** Keys whose newest value the broker isn't known to have. */
  get pending(): number {
    return this.#waiting.size + this.#busy.size;
  }

  add(key: string): void {
    this.#waiting.add(key);
    this.flush();
  }

  has(key: string): boolean {
    return this.#waiting.has(key) || this.#busy.has(key);
  }

  /** To be called when the link is up again. */
  flush(): void {
    if (!this.#link.isUp) return;
    for (const key of this.#waiting) {
      if (this.#busy.size >= WINDOW) return;
      if (this.#busy.has(key)) continue;
      this.#waiting.delete(key);
      void this.#publish(key);
    }
  }

  async #publish(key: string): Promise<void> {
    this.#busy.add(key);
    let isDone = false;
    try {
      const entry = await this.#local.get(key);
      if (entry && isStamped(entry.value)) await this.#link.publish(key, entry.value);
      isDone = true;
    } catch {
      // Tried again when the link is up; why it is down is told by the link itself.
      this.#waiting.add(key);
    }
    this.#busy.delete(key);
    if (isDone) this.flush();
  }
}
