/** A message as the fleet numbers it. */
export interface SentMessage {
  readonly device: string;
  readonly key: string;
  readonly n: number;
}

interface Told {
  readonly gateway: string;
  readonly topic: string;
  readonly n: number;
}

/** Messages that were sent, and of which no gateway has said that it is done with them. */
export class Untaken {
  readonly #messages = new Map<string, SentMessage>();
  /** Which gateway said so first; only of those that were told to say their name. */
  readonly #by = new Map<string, string>();

  get size(): number {
    return this.#messages.size;
  }

  [Symbol.iterator](): IterableIterator<SentMessage> {
    return this.#messages.values();
  }

  sent(device: string, key: string, n: number): void {
    this.#messages.set(`devices/${device}/${key}#${n}`, { device, key, n });
  }

  /** What a gateway's flow says, JSON; the message where another gateway has said so of it before. */
  taken(said: string): SentMessage | undefined {
    const { gateway, topic, n } = JSON.parse(said) as Told;
    const name = `${topic}#${n}`;
    this.#messages.delete(name);
    const by = this.#by.get(name);
    if (by === undefined) this.#by.set(name, gateway);
    if (by === undefined || by === gateway) return undefined;
    const [, device = "", ...rest] = topic.split("/");
    return { device, key: rest.join("/"), n };
  }

  clear(): void {
    this.#messages.clear();
  }
}
