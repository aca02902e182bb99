import type { MirrorLink } from "../../src/adapters/store/mirror-link.ts";

/** A broker of one process that retains each key's last message; links to it can be cut. */
export class MemoryBroker {
  readonly retained = new Map<string, Uint8Array>();
  readonly links = new Set<MemoryMirrorLink>();
  published = 0;

  connect(): MemoryMirrorLink {
    const link = new MemoryMirrorLink(this);
    this.links.add(link);
    return link;
  }

  publish(key: string, bytes: Uint8Array): void {
    this.published++;
    this.retained.set(key, bytes);
    for (const link of this.links) link.deliver(key, bytes);
  }
}

export class MemoryMirrorLink implements MirrorLink {
  isUp = false;
  readonly #broker: MemoryBroker;
  #up = (): void => undefined;
  #down = (_reason: string): void => undefined;
  #message = (_key: string, _bytes: Uint8Array): void => undefined;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  onUp(listener: () => void): void {
    this.#up = listener;
  }
  onDown(listener: (reason: string) => void): void {
    this.#down = listener;
  }
  onMessage(listener: (key: string, bytes: Uint8Array) => void): void {
    this.#message = listener;
  }

  /** Reaches the broker: retained messages first. */
  connect(): void {
    this.isUp = true;
    for (const [key, bytes] of this.#broker.retained) this.#message(key, bytes);
    this.#up();
  }

  again(): void {
    for (const [key, bytes] of this.#broker.retained) this.deliver(key, bytes);
  }

  cut(): void {
    this.isUp = false;
    this.#down("cut");
  }

  deliver(key: string, bytes: Uint8Array): void {
    if (this.isUp) setImmediate(() => this.isUp && this.#message(key, bytes));
  }

  async publish(key: string, bytes: Uint8Array): Promise<void> {
    await new Promise(setImmediate);
    if (!this.isUp) throw new Error("cut");
    this.#broker.publish(key, bytes.slice());
  }

  async close(): Promise<void> {
    this.isUp = false;
    this.#broker.links.delete(this);
  }
}
