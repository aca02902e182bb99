import type { NodeStatus } from "node-red";
import { StitchError } from "../../core/errors.ts";
import type { Clock } from "../../core/ports.ts";
import type { SlotId } from "../../core/record/slot-record.ts";
import type { HostFeedback } from "../../core/route/host-view.ts";
import type { BufferKind } from "../../core/route/route-settings.ts";
import type { OfferedMessage } from "../../core/stitch/protocol.ts";
import { sizeOf } from "../../core/stitch/size-of.ts";
import { sessionFactsOf } from "../nodered/gateway-message.ts";
import type { Delivery, Message, Outputs } from "./delivery.ts";
import type { Gateway, Offered } from "./gateway-pool.ts";
import { givenUp, markOf } from "./given-up.ts";
import { plainCopy } from "./plain-copy.ts";

export interface MqttDeliveryOptions {
  readonly gateway: Gateway;
  readonly buffer: BufferKind;
  /** Bound of what is retained. */
  readonly bufferBytes: number;
  readonly clock: Clock;
  readonly emit: (outputs: Outputs) => void;
}

/** What belongs to this message's way through the gateway's flow, or to one HTTP request. */
const NOT_SENT = new Set(["payload", "req", "res", "_msgid", "_event", "session", "stitch", "undeliverable"]);

/** The message as it goes over the link. Throws StitchError `BAD_VALUE` that names what can't be sent. */
function offered(msg: Message, atMs: number): OfferedMessage {
  const { topic } = msg;
  const hasTopic = typeof topic === "string";
  const payload = plainCopy(msg["payload"], "msg.payload");
  const props: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(msg)) {
    if (NOT_SENT.has(name) || value === undefined || (hasTopic && name === "topic")) continue;
    if (name === "__proto__") throw new StitchError("BAD_VALUE", "msg must not have a property __proto__");
    props[name] = plainCopy(value, `msg.${name}`);
  }
  const bytes = sizeOf(payload) + sizeOf(props) + (hasTopic ? topic.length : 0);
  return { ...(hasTopic ? { topic } : undefined), payload, props, bytes, atMs };
}

/** `retained`: of the time in which it was active. */
const standbyStatus = (retained: number): NodeStatus => ({
  fill: "grey",
  shape: "ring",
  text: retained > 0 ? `standby, ${retained} kept` : "standby",
});

/** Hands messages to the pool's gateway, which numbers and retains them until their hosts have committed them. */
export class MqttDelivery implements Delivery {
  readonly #gateway: Gateway;
  readonly #clock: Clock;
  readonly #detach: () => void;

  constructor({ gateway, buffer, bufferBytes, clock, emit }: MqttDeliveryOptions) {
    this.#gateway = gateway;
    this.#clock = clock;
    gateway.setBuffer(bufferBytes, buffer);
    this.#detach = gateway.onUndeliverable((undeliverable) => emit([givenUp(undeliverable)]));
  }

  deliver(msg: Message): Outputs | null | Promise<Outputs | null> {
    const facts = sessionFactsOf(msg);
    const id: SlotId = { sessionId: facts.id, slot: facts.slot };
    // What can't be sent opens no slot.
    const message = offered(msg, this.#clock.now());
    const { stitch = this.#gateway.take(id, facts.slots, facts.bytes) } = msg;
    const outputs = (error: Offered): Outputs | null =>
      error ? [{ ...msg, undeliverable: markOf(error, stitch) }] : null;
    const offer = this.#gateway.offer(id, message);
    return offer instanceof Promise ? offer.then(outputs) : outputs(offer);
  }

  feedback(feedback: HostFeedback): void {
    this.#gateway.feedback(feedback);
  }

  look(): NodeStatus {
    const { link, isStandby, retained, logFailure, blocked = 0, halted = 0 } = this.#gateway.status;
    if (logFailure !== undefined) return { fill: "red", shape: "ring", text: "disk not writable" };
    if (link === "down") return { fill: "red", shape: "ring", text: `down, ${retained} kept` };
    if (link === "connecting") return { fill: "yellow", shape: "ring", text: "connecting" };
    if (isStandby) return standbyStatus(retained);
    if (blocked > 0) return { fill: "red", shape: "dot", text: `full, ${blocked} wait` };
    if (halted > 0) return { fill: "yellow", shape: "dot", text: `${retained}, hosts full` };
    return { fill: "green", shape: "dot", text: `${retained} retained` };
  }

  close(): void {
    this.#detach();
  }
}
