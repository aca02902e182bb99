import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** "there": from who connects to the target; "back": what the target answers. */
export type Direction = "there" | "back";

/** One direction of one connection. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  #isHeld = false;
  #isDead = false;
  #delayMs = 0;
  #lastDueMs = 0;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on("data", (chunk: Buffer) => this.#pass(chunk));
    to.on("drain", () => this.#flow());
  }

  /** What comes waits, in order. */
  set isHeld(isHeld: boolean) {
    this.#isHeld = isHeld;
    this.#flow();
  }

  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Nothing passes any more, for good. */
  die(): void {
    this.#isDead = true;
    this.#flow();
  }

  #flow(): void {
    if (this.#isHeld || this.#isDead) this.#from.pause();
    else if (!this.#to.writableNeedDrain) this.#from.resume();
  }

  #pass(chunk: Buffer): void {
    const nowMs = performance.now();
    const dueMs = Math.max(this.#lastDueMs, nowMs + this.#delayMs);
    if (dueMs <= nowMs) {
      this.#write(chunk);
      return;
    }
    this.#lastDueMs = dueMs;
    setTimeout(() => this.#write(chunk), dueMs - nowMs);
  }

  #write(chunk: Buffer): void {
    if (!this.#isDead && !this.#to.destroyed && !this.#to.write(chunk)) this.#from.pause();
  }
}

interface Pair {
  readonly sockets: readonly [Socket, Socket];
  readonly ways: Readonly<Record<Direction, Way>>;
}

/**
 * A TCP way to a port of the loopback that can be cut (both ends notice), go dead (nobody notices), be held in one
 * direction or both, or be slow.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #held = new Set<Direction>();
  #delayMs = 0;
  #isCut = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy();
        return;
      }
      this.#join(near, connect(target, "127.0.0.1"));
    });
  }

  static async to(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #join(near: Socket, far: Socket): void {
    const ways = { there: new Way(near, far), back: new Way(far, near) };
    const pair: Pair = { sockets: [near, far], ways };
    this.#pairs.add(pair);
    for (const socket of pair.sockets) {
      const other = socket === near ? far : near;
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.on("end", () => other.end());
      socket.on("close", () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
    this.#apply(pair);
  }

  #apply({ ways }: Pair): void {
    for (const [direction, way] of Object.entries(ways)) {
      way.delayMs = this.#delayMs;
      way.isHeld = this.#held.has(direction as Direction);
    }
  }

  #applyToAll(): void {
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Every connection breaks, and new ones are refused until `heal`. */
  cut(): void {
    this.#isCut = true;
    for (const { sockets } of this.#pairs) for (const socket of sockets) socket.destroy();
  }

  /** Half-open: connections stay and carry nothing, for good; new ones work. */
  deaden(): void {
    for (const { ways } of this.#pairs) for (const way of Object.values(ways)) way.die();
  }

  /** What is sent waits until `heal`, on new connections, too. */
  hold(...directions: Direction[]): void {
    for (const direction of directions) this.#held.add(direction);
    this.#applyToAll();
  }

  /** Each way takes so long. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
    this.#applyToAll();
  }

  heal(): void {
    this.#isCut = false;
    this.#held.clear();
    this.#delayMs = 0;
    this.#applyToAll();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
