import type { PlanEvent } from "../../core/stitch/protocol.ts";
import type { Gateway } from "../pool/gateway-pool.ts";
import { adviceMessage, planMessage, roleMessage } from "./stitch-messages.ts";

/** A move stays in the status for so many looks. */
const MOVE_LOOKS = 5;
const MOVES: ReadonlySet<PlanEvent["kind"]> = new Set(["shifted", "failed-over"]);

/** What a gateway plans, does and becomes, as messages of the stitch node's second output. */
export class GatewayNews {
  readonly #send: (message: Record<string, unknown>) => void;
  readonly #ends: (() => void)[] = [];
  #move: PlanEvent | undefined;
  #looks = 0;

  constructor(send: (message: Record<string, unknown>) => void) {
    this.#send = send;
  }

  /** Lets the gateway plan, and tells what comes of it until `end`. */
  follow(gateway: Gateway, pool: string): void {
    this.#ends.push(
      gateway.onRole((role) => this.#send(roleMessage(pool, role))),
      gateway.onScaleAdvice((advice) => this.#send(adviceMessage(pool, advice))),
      gateway.startPlanning(),
      gateway.onPlanEvent((event) => this.#planned(event)),
    );
  }

  #planned(event: PlanEvent): void {
    if (MOVES.has(event.kind)) [this.#move, this.#looks] = [event, MOVE_LOOKS];
    this.#send(planMessage(event));
  }

  /** For the status; undefined: none lately. */
  latestMove(): PlanEvent | undefined {
    return this.#looks-- > 0 ? this.#move : undefined;
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}
