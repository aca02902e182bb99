import type { Node, NodeAPI, NodeDef } from "node-red";
import type {
  Gateway,
  GatewayPool,
  GatewayStatus,
  StitchMark,
  Undeliverable,
} from "../../src/adapters/pool/gateway-pool.ts";
import { HostRoster } from "../../src/adapters/pool/host-roster.ts";
import { Operator } from "../../src/adapters/pool/operator.ts";
import { SessionDirectory } from "../../src/adapters/pool/session-directory.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import type { HostFeedback, HostView } from "../../src/core/route/host-view.ts";
import type { PoolSettings } from "../../src/core/stitch/pool-settings.ts";
import type { OfferedMessage } from "../../src/core/stitch/protocol.ts";
import type { HostId } from "../../src/core/units.ts";

const settings: PoolSettings = {
  name: "pool",
  hosts: [],
  discover: false,
  threshold: 0.85,
  leadTimeMs: 15_000,
  stepMs: 5000,
  dwellMs: 45_000,
  maxSessions: 100,
  minimalRateBps: 64,
  dryRun: false,
  policy: "predictive",
};

/** A session-pool whose gateway only takes notes of what it is asked, and says what the test tells it to. */
export class StandInPool {
  readonly taken: { id: SlotId; slots: number; bytes: number }[] = [];
  readonly offers: { id: SlotId; message: OfferedMessage }[] = [];
  readonly feedbacks: HostFeedback[] = [];
  readonly undeliverable = new Set<(undeliverable: Undeliverable) => void>();
  broker: string | undefined = "mqtt://127.0.0.1:1883";
  bufferBytes = 0;
  owner: HostId | undefined = "host-1";
  refusal: Error | undefined;
  views: HostView[] = [];
  status: GatewayStatus = { link: "up", slots: 0, warm: 0, retained: 0, retainedBytes: 0 };

  view(host: HostId, more: Partial<HostView> = {}): HostView {
    const load = { messagesPerSec: 0, bytesPerSec: 0 };
    return { host, state: "up", weight: 1, capacity: {}, load, utilisation: 0, slots: 0, ...more };
  }

  mark(id: SlotId): StitchMark {
    return { slot: id.slot, epoch: 1, owner: this.owner, shares: this.owner ? { [this.owner]: 1 } : {} };
  }

  #gateway(): Gateway {
    const status = (): GatewayStatus => this.status;
    const changed = (): void => undefined;
    const operator = new Operator({ isDryRun: false, roster: new HostRoster(settings, true), changed });
    return {
      role: "active",
      onRole: () => () => undefined,
      take: (id, slots, bytes) => {
        this.taken.push({ id, slots, bytes });
        return this.mark(id);
      },
      offer: (id, message) => {
        this.offers.push({ id, message });
        return this.refusal;
      },
      feedback: (feedback) => void this.feedbacks.push(feedback),
      wire: () => undefined,
      setBuffer: (bytes) => {
        this.bufferBytes = bytes;
      },
      startPlanning: () => () => undefined,
      profileChanged: () => undefined,
      drain: () => undefined,
      onScaleAdvice: () => () => undefined,
      onPlanEvent: () => () => undefined,
      onUndeliverable: (listener) => {
        this.undeliverable.add(listener);
        return () => this.undeliverable.delete(listener);
      },
      hosts: () => this.views,
      latency: () => undefined,
      sessions: () => [],
      session: () => undefined,
      mirrors: () => [],
      operator,
      get status() {
        return status();
      },
      close: () => Promise.resolve(),
    };
  }

  pool(): GatewayPool {
    const gateway = this.#gateway();
    return {
      name: "pool",
      settings: this.broker === undefined ? settings : { ...settings, broker: this.broker },
      sessions: new SessionDirectory(100),
      hostRuntime: undefined,
      host: () => {
        throw new Error("this pool has no host");
      },
      gateway: () => gateway,
    };
  }

  register(RED: NodeAPI): void {
    const pool = (): GatewayPool => this.pool();
    RED.nodes.registerType("session-pool", function (this: Node & { pool?: GatewayPool }, def: NodeDef) {
      RED.nodes.createNode(this, def);
      this.pool = pool();
    });
  }
}
