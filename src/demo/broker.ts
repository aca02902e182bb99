import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";

export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Resolves when a client has subscribed to `filter`. */
  subscribed(filter: string): Promise<void>;
  /** Resolves when a client subscribes to `filter` from now on. */
  resubscribed(filter: string): Promise<void>;
  /** Calls `take` with each message published on a topic that `filter` matches. */
  listen(filter: string, take: (topic: string, payload: Buffer) => void): Promise<void>;
  close(): Promise<void>;
}

/** An MQTT 3.1.1 broker within this process, on the loopback only. `port` 0: any free one. */
export async function startBroker(port = 0): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    // Small packets both ways: Nagle's delay would be most of the latency.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const bound = await listenOn(server, port).catch(async (error: unknown) => {
    await new Promise<void>((resolve) => aedes.close(resolve));
    throw error;
  });
  const subscriptions = new Subscriptions();
  aedes.on("subscribe", (added) => {
    for (const { topic } of added) subscriptions.add(topic);
  });
  return {
    url: `mqtt://127.0.0.1:${bound}`,
    port: bound,
    subscribed: (filter) => subscriptions.has(filter),
    resubscribed: (filter) => subscriptions.next(filter),
    listen: (filter, take) =>
      new Promise((resolve) => {
        aedes.subscribe(
          filter,
          (packet, done) => {
            take(packet.topic, Buffer.from(packet.payload));
            done();
          },
          resolve,
        );
      }),
    close: () => close(aedes, server, sockets),
  };
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const what = taken ? `port ${port} is in use` : cause.message;
      reject(new Error(`the MQTT broker can't listen on 127.0.0.1:${port}: ${what}`, { cause }));
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Filters that clients have subscribed to so far, and who waits for one. */
class Subscriptions {
  readonly #filters = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  add(filter: string): void {
    this.#filters.add(filter);
    for (const resolve of this.#waiting.get(filter) ?? []) resolve();
    this.#waiting.delete(filter);
  }

  has(filter: string): Promise<void> {
    return this.#filters.has(filter) ? Promise.resolve() : this.next(filter);
  }

  next(filter: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(filter, [...(this.#waiting.get(filter) ?? []), resolve]);
    });
  }
}

async function close(aedes: Aedes, server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  await new Promise<void>((resolve) => aedes.close(resolve));
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
