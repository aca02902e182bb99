import { Readable } from "node:stream";
import type { IStore } from "mqtt";

/**
 * Keeps nothing of what is under way: the hand-over protocol sends again what a broken connection loses, and a
 * client that first repeats old packets, one by one, would hold up and double the new ones.
 */
export class ForgetfulStore implements IStore {
  put(_packet: unknown, stored: () => void): this {
    stored();
    return this;
  }

  del(_packet: unknown, deleted: () => void): this {
    deleted();
    return this;
  }

  get(_packet: unknown, found: (error?: Error) => void): this {
    found(new Error("nothing is stored"));
    return this;
  }

  createStream(): ReturnType<IStore["createStream"]> {
    const nothing = new Readable({
      objectMode: true,
      read() {
        this.push(null);
      },
    });
    return nothing as unknown as ReturnType<IStore["createStream"]>;
  }

  close(closed: () => void): void {
    closed();
  }
}
