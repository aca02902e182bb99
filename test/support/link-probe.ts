import type { Envelope } from "../../src/core/record/envelope.ts";
import type { HostLoad } from "../../src/core/record/host-load.ts";
import type { LinkState, StreamLink } from "../../src/core/record/stream-link.ts";

/** Resolves with the reason when the link gets into a state. */
export function reaches(link: StreamLink, wanted: LinkState): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (link.state === wanted) {
      resolve(undefined);
      return;
    }
    const end = link.onState((state, reason) => {
      if (state !== wanted) return;
      end();
      resolve(reason);
    });
  });
}

export async function isUp(link: StreamLink): Promise<void> {
  await reaches(link, "up");
}

/** Listens at both ends of a link and waits for what is to come. */
export class LinkProbe {
  /** What came to the host, the gateway, and of the hosts. */
  readonly taken: Envelope[] = [];
  readonly replies: Envelope[] = [];
  readonly loads: HostLoad[] = [];
  readonly errors: Error[] = [];
  readonly #host: StreamLink;
  readonly #gateway: StreamLink;
  readonly #ends: (() => void)[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(host: StreamLink, gateway: StreamLink) {
    this.#host = host;
    this.#gateway = gateway;
    this.#ends.push(gateway.onHosts(this.#keep(this.loads)));
    for (const link of new Set([host, gateway])) this.#ends.push(link.onBadInput(this.#keep(this.errors)));
  }

  listen(host: string, gateway: string): void {
    this.#ends.push(this.#host.onHostStream(host, this.#keep(this.taken)));
    this.#ends.push(this.#gateway.onGatewayStream(gateway, this.#keep(this.replies)));
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  atHost(count: number): Promise<Envelope[]> {
    return this.#until(() => (this.taken.length >= count ? this.taken : undefined));
  }

  atGateway(count: number): Promise<Envelope[]> {
    return this.#until(() => (this.replies.length >= count ? this.replies : undefined));
  }

  refuses(count: number): Promise<Error[]> {
    return this.#until(() => (this.errors.length >= count ? this.errors : undefined));
  }

  hears(isIt: (load: HostLoad) => boolean): Promise<HostLoad> {
    return this.#until(() => this.loads.findLast(isIt));
  }

  #keep<T>(kept: T[]): (value: T) => void {
    return (value) => {
      kept.push(value);
      for (const look of this.#waiting) look();
    };
  }

  #until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
