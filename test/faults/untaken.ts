/** A message as the fleet numbers it. */
export interface SentMessage {
  readonly device: string;
  readonly key: string;
  readonly n: number;
}

/** Messages that were sent, and of which no gateway has said that it is done with them. */
export class Untaken {
  readonly #messages = new Map<string, SentMessage>();

  get size(): number {
    return this.#messages.size;
  }

  [Symbol.iterator](): IterableIterator<SentMessage> {
    return this.#messages.values();
  }

  sent(device: string, key: string, n: number): void {
    this.#messages.set(`devices/${device}/${key}#${n}`, { device, key, n });
  }

  /** What a gateway's flow says: JSON of topic and number. */
  taken(said: string): void {
    const { topic, n } = JSON.parse(said) as { readonly topic: string; readonly n: number };
    this.#messages.delete(`${topic}#${n}`);
  }

  clear(): void {
    this.#messages.clear();
  }
}
