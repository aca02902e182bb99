import type { Node, NodeAPI, NodeDef } from "node-red";
import { systemClock } from "../src/adapters/clock.ts";
import { inOrder } from "../src/adapters/nodered/in-order.ts";
import { onInput } from "../src/adapters/nodered/input.ts";
import { statusLine } from "../src/adapters/nodered/status.ts";
import { typedProperty } from "../src/adapters/nodered/typed-property.ts";
import { wiredOutputs } from "../src/adapters/nodered/wired-outputs.ts";
import type { GatewayPool } from "../src/adapters/pool/gateway-pool.ts";
import { SessionDirectory } from "../src/adapters/pool/session-directory.ts";
import { SessionObserver } from "../src/adapters/pool/session-observer.ts";
import type { ProfileChange } from "../src/core/profile/profile-change.ts";
import { type ProfileFields, readProfileSettings } from "../src/core/profile/profile-settings.ts";
import { sessionIdOf } from "../src/core/profile/session-id.ts";
import { slotIndex, slotKeyOf } from "../src/core/profile/slot-index.ts";

interface ProfileDef extends NodeDef, ProfileFields {
  readonly pool: string;
}

type Message = Record<string, unknown>;

const STATUS_MS = 1000;
/** Sessions that a node without a pool remembers. */
const OWN_SESSIONS = 10_000;

/** in: a device's message. out: 1 the same with `msg.session`; 2 a change of its session's profile. */
export default function register(RED: NodeAPI): void {
  /** What the node does with a message. Throws StitchError `BAD_CONFIG`. */
  function handlerOf(node: Node, def: ProfileDef, sessions: SessionDirectory): (msg: Message) => object {
    const { sessionId, slotKey, ...rest } = readProfileSettings(def);
    const { slots } = rest;
    const id = typedProperty(RED, node, sessionId.value, sessionId.type);
    const key = slotKey && typedProperty(RED, node, slotKey.value, slotKey.type);
    const turn = inOrder();
    let change: ProfileChange | undefined;
    const onChange = (changed: ProfileChange): void => {
      change = changed;
    };
    const observer = new SessionObserver({ ...rest, sessions, clock: systemClock, onChange });

    const observed = (msg: Message, idValue: unknown, keyValue: unknown): object => {
      const slot = key ? slotIndex(slotKeyOf(keyValue, key.source), slots) : 0;
      change = undefined;
      const session = observer.observe(sessionIdOf(idValue, id.source), slot, msg);
      // On the message itself, as core's change node does: where another wire has it too, Node-RED has cloned it.
      msg["session"] = session;
      return change ? [msg, { topic: session.id, payload: change }] : msg;
    };
    if (!id.isAsync && !key?.isAsync) return (msg) => observed(msg, id.read(msg), key?.read(msg));
    return async (msg) => {
      const [idValue, keyValue] = await turn(Promise.all([id.read(msg), key?.read(msg)]));
      return observed(msg, idValue, keyValue);
    };
  }

  function ProfileNode(this: Node, def: ProfileDef): void {
    RED.nodes.createNode(this, wiredOutputs(def));
    const status = statusLine(this);
    const pool = (RED.nodes.getNode(def.pool) as { pool?: GatewayPool } | null)?.pool;
    if (def.pool && !pool)
      this.warn("the session-pool is missing or disabled: the node keeps its own sessions");
    const sessions = pool?.sessions ?? new SessionDirectory(OWN_SESSIONS);
    let handle: (msg: Message) => object;
    const show = (): void => {
      const { size } = sessions;
      const text = size === 1 ? "1 session" : `${size} sessions`;
      status({ fill: size > 0 ? "green" : "grey", shape: "dot", text });
    };
    let timer: NodeJS.Timeout | undefined;
    try {
      handle = handlerOf(this, def, sessions);
      show();
      timer = setInterval(show, STATUS_MS);
    } catch (error) {
      status({ fill: "red", shape: "ring", text: "not set up" });
      this.error(error instanceof Error ? error.message : String(error));
      handle = () => {
        throw error;
      };
    }
    onInput(this, handle);
    this.on("close", () => {
      clearInterval(timer);
      status({});
    });
  }
  RED.nodes.registerType("session-profile", ProfileNode);
}
