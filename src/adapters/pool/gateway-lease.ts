import { StitchError } from "../../core/errors.ts";
import type { Clock } from "../../core/ports.ts";
import type { StoreDriver } from "../../core/record/store-driver.ts";
import {
  type GatewayRole,
  LEASE_TICK_MS,
  Lease,
  type LeaseCommand,
  type LeaseEvent,
  type Taking,
} from "../../core/stitch/lease.ts";
import { escapeId } from "../store/record-key.ts";

export interface GatewayLeaseOptions {
  readonly driver: StoreDriver;
  readonly pool: string;
  /** Of this start of the gateway. */
  readonly gateway: string;
  readonly clock: Clock;
  readonly onRole: (role: GatewayRole) => void;
}

const encode = (holder: string): Uint8Array => Buffer.from(JSON.stringify({ holder }));

function holderIn(value: Uint8Array): string {
  const { holder } = JSON.parse(Buffer.from(value).toString()) as { readonly holder?: unknown };
  return typeof holder === "string" ? holder : "";
}

/** A pool's lease in its store, `lease/<pool>`: whose gateway works. */
export class GatewayLease {
  readonly #options: GatewayLeaseOptions;
  readonly #key: string;
  readonly #lease: Lease;
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  /** Throws StitchError `BAD_CONFIG` for a store whose writers may overlook each other. */
  constructor(options: GatewayLeaseOptions) {
    const { driver, pool, gateway } = options;
    if (!driver.capabilities.cas)
      throw new StitchError(
        "BAD_CONFIG",
        `pool ${pool}: gateways that stand by need a store that decides between them: "sqlite" on one machine, or "nats"`,
      );
    this.#options = options;
    this.#key = `lease/${escapeId(pool)}`;
    this.#lease = new Lease(gateway);
    this.#timer = setInterval(() => this.#handle({ type: "tick" }), LEASE_TICK_MS).unref();
    this.#handle({ type: "tick" });
  }

  get role(): GatewayRole {
    return this.#lease.roleAt(this.#options.clock.now());
  }

  /** Whether what reaches this gateway is its own to take. */
  get taking(): Taking {
    return this.#lease.takingAt(this.#options.clock.now());
  }

  /** Lets it go, so that another need not wait. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    if (this.role !== "active") return;
    // Where that fails it expires.
    await this.#options.driver.cas(this.#key, encode(""), this.#lease.revision).catch(() => undefined);
  }

  #handle(event: LeaseEvent): void {
    if (this.#isClosed) return;
    for (const command of this.#lease.handle(event, this.#options.clock.now())) this.#run(command);
  }

  #run(command: LeaseCommand): void {
    switch (command.type) {
      case "role":
        this.#options.onRole(command.role);
        break;
      case "read":
        this.#answer(this.#read());
        break;
      case "write":
        this.#answer(this.#write(command.expected));
        break;
      default:
        command satisfies never;
    }
  }

  #answer(asked: Promise<LeaseEvent>): void {
    const failed = (): LeaseEvent => ({ type: "failed" });
    void asked.catch(failed).then((event) => this.#handle(event));
  }

  async #read(): Promise<LeaseEvent> {
    const found = await this.#options.driver.get(this.#key);
    return {
      type: "read",
      entry: found && { revision: found.revision, holder: holderIn(found.value) },
    };
  }

  async #write(expected: number): Promise<LeaseEvent> {
    const result = await this.#options.driver.cas(this.#key, encode(this.#options.gateway), expected);
    return result.ok ? { type: "wrote", revision: result.revision } : { type: "conflict" };
  }
}
