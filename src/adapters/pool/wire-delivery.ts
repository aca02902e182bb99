import { StitchError } from "../../core/errors.ts";
import type { Clock, Random } from "../../core/ports.ts";
import { Balancer } from "../../core/route/balancer.ts";
import type { HostFeedback, HostView } from "../../core/route/host-view.ts";
import type { RouteSettings } from "../../core/route/route-settings.ts";
import { sharesText } from "../../core/route/shares-text.ts";
import { type Weighed, WeightLog } from "../../core/route/weight-log.ts";
import type { HostId, Share } from "../../core/units.ts";
import type { Delivery, Message, Outputs, RouteStatus, UndeliverableMark } from "./delivery.ts";
import type { Gateway, StitchMark } from "./gateway-pool.ts";
import { givenUp } from "./given-up.ts";

export interface WireDeliveryOptions {
  readonly settings: RouteSettings;
  /** undefined: the route stands alone. */
  readonly gateway: Pick<Gateway, "hosts" | "feedback" | "wire" | "onUndeliverable"> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** What goes out later: messages that were once taken over for hosts of a broker. */
  readonly emit: (outputs: Outputs) => void;
}

/** Each change of the status goes to every editor: bounded. */
const SHOWN_MOVES = 10;

/** Whole per cents: what changes by less is not worth an event. */
const weightsOf = (weighed: readonly Weighed[]): Readonly<Record<HostId, Share>> =>
  Object.fromEntries(weighed.map(({ host, share }) => [host, Math.round(share * 100) / 100]));

/** An output per host: a stitched message to its owner, any other to whom the balancer picks. */
export class WireDelivery implements Delivery {
  readonly #balancer: Balancer;
  readonly #gateway: WireDeliveryOptions["gateway"];
  readonly #clock: Clock;
  readonly #none: Outputs;
  readonly #detach: (() => void) | undefined;
  readonly #log = new WeightLog();
  #views: readonly HostView[] = [];

  constructor({ settings, gateway, clock, random, emit }: WireDeliveryOptions) {
    this.#balancer = new Balancer({ hosts: settings.hosts, balance: settings.balance, random });
    this.#gateway = gateway;
    gateway?.wire(settings.hosts);
    this.#clock = clock;
    this.#none = [...settings.hosts.map(() => null), null];
    this.#detach = gateway?.onUndeliverable((undeliverable) =>
      emit(this.#to(this.#none.length - 1, givenUp(undeliverable))),
    );
    this.look();
  }

  deliver(msg: Message): Outputs {
    const { stitch } = msg;
    if (stitch !== null && typeof stitch === "object") return this.#toOwner(msg, stitch as StitchMark);
    const index = this.#balancer.pick(this.#clock.now());
    if (index < 0) return this.#undeliverable(msg, { reason: "no host is usable", code: "NO_HOST" });
    return this.#to(index, msg);
  }

  #toOwner(msg: Message, { owner }: StitchMark): Outputs {
    const index = owner === undefined ? undefined : this.#balancer.indexOf(owner);
    if (index !== undefined && this.#balancer.table.takesOwned[index]) {
      this.#balancer.countSent(index);
      return this.#to(index, msg);
    }
    const host = typeof owner === "string" ? { host: owner } : undefined;
    return this.#undeliverable(msg, { reason: this.#whyNot(owner, index), code: "NO_HOST", ...host });
  }

  #whyNot(owner: unknown, index: number | undefined): string {
    if (typeof owner !== "string") return "no host owns the session's slot";
    if (index === undefined) return `no output of this node is named ${owner}`;
    const view = this.#views.find(({ host }) => host === owner);
    return `${owner} is ${view?.state ?? "not usable"}${view?.reason ? `: ${view.reason}` : ""}`;
  }

  #to(index: number, msg: Message): Outputs {
    const outputs = this.#none.slice();
    outputs[index] = msg;
    return outputs;
  }

  #undeliverable(msg: Message, undeliverable: UndeliverableMark): Outputs {
    return this.#to(this.#none.length - 1, { ...msg, undeliverable });
  }

  /** Throws StitchError `BAD_MESSAGE` for a host that is none of this node's. */
  feedback(feedback: HostFeedback): void {
    const { hosts } = this.#balancer.table;
    if (this.#balancer.indexOf(feedback.host) === undefined) {
      const what = `msg.feedback.host must be one of this node's (${hosts.slice(0, 5).join(", ")})`;
      throw new StitchError("BAD_MESSAGE", `${what}, got ${JSON.stringify(feedback.host.slice(0, 64))}`);
    }
    this.#balancer.feedback(feedback, this.#clock.now());
    this.#gateway?.feedback(feedback);
  }

  look(): RouteStatus {
    if (this.#gateway) {
      this.#views = this.#gateway.hosts();
      this.#balancer.see(this.#views);
    }
    const nowMs = this.#clock.now();
    this.#balancer.refresh(nowMs);
    const weighed = this.#balancer.weighed(nowMs);
    this.#log.see(weighed, nowMs);
    const { usable, hosts, panic } = this.#balancer.table;
    const told = { weights: weightsOf(weighed), moves: this.#log.moves.slice(-SHOWN_MOVES) };
    if (usable.length === 0) return { fill: "red", shape: "ring", text: "no host is usable", ...told };
    const isWhole = usable.length === hosts.length && !panic;
    const fill = isWhole ? "green" : "yellow";
    const text = sharesText(this.#balancer.recentShares());
    return { fill, shape: panic ? "ring" : "dot", text, ...told };
  }

  close(): void {
    this.#detach?.();
  }
}
