import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP service on a free loopback port whose speed and answers a test changes as it runs. */
export class SlowServer {
  readonly #server: Server;
  delayMs = 0;
  /** HTTP status of its answers. */
  statusCode = 200;
  /** Requests so far. */
  asked = 0;

  private constructor() {
    this.#server = createServer((_request, response) => {
      this.asked++;
      const { statusCode } = this;
      setTimeout(() => response.writeHead(statusCode).end("{}"), this.delayMs);
    });
  }

  static async start(): Promise<SlowServer> {
    const slow = new SlowServer();
    slow.#server.listen(0, "127.0.0.1");
    await once(slow.#server, "listening");
    return slow;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
