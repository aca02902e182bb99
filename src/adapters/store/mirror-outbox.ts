import type { StoreDriver } from "../../core/record/store-driver.ts";
import type { MirrorLink } from "./mirror-link.ts";
import { isStamped } from "./stamped-value.ts";

/** Publishes under way at once. */
const WINDOW = 200;

/**
 * Brings keys' newest local values to the broker, each at most once at a time; what changes meanwhile is published
 * afterwards. While the broker is away it holds keys only, so that this costs little memory.
 */
export class MirrorOutbox {
  readonly #local: StoreDriver;
  readonly #link: MirrorLink;
  /** With the value, where it is at hand. */
  readonly #waiting = new Map<string, Uint8Array | undefined>();
  readonly #busy = new Set<string>();

  constructor(local: StoreDriver, link: MirrorLink) {
    this.#local = local;
    this.#link = link;
  }

  /** Keys whose newest value the broker isn't known to have. */
  get pending(): number {
    return this.#waiting.size + this.#busy.size;
  }

  /** `bytes`: the key's newest value, read from the store where they are left out. */
  add(key: string, bytes?: Uint8Array): void {
    this.#waiting.set(key, this.#link.isUp ? bytes : undefined);
    this.flush();
  }

  has(key: string): boolean {
    return this.#waiting.has(key) || this.#busy.has(key);
  }

  /** To be called when the link is up again. */
  flush(): void {
    if (!this.#link.isUp) return;
    for (const [key, bytes] of this.#waiting) {
      if (this.#busy.size >= WINDOW) return;
      if (this.#busy.has(key)) continue;
      this.#waiting.delete(key);
      void this.#publish(key, bytes);
    }
  }

  async #publish(key: string, known: Uint8Array | undefined): Promise<void> {
    this.#busy.add(key);
    let isDone = false;
    try {
      const bytes = known ?? (await this.#local.get(key))?.value;
      if (bytes && isStamped(bytes)) await this.#link.publish(key, bytes);
      isDone = true;
    } catch {
      // Tried again when the link is up; why it is down is told by the link itself.
      if (!this.#waiting.has(key)) this.#waiting.set(key, undefined);
    }
    this.#busy.delete(key);
    if (isDone) this.flush();
  }
}
