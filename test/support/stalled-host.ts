/** A host in a process of its own whose flow hangs until it is told to go on; tells its memory when it is asked. */
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import type { HostMessage } from "../../src/adapters/pool/host-messages.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { sqliteStore } from "../../src/adapters/store/session-store.ts";
import { heldBytes } from "./held-bytes.ts";

export interface StalledSetup {
  readonly brokerUrl: string;
  readonly storePath: string;
  readonly intakeBytes: number;
}
export type StalledOrder = StalledSetup | "report" | "go on";

export interface StalledReport {
  readonly heldBytes: number;
  readonly intakeBytes: number;
  readonly refused: number;
  /** Payloads that were committed, by session. */
  readonly committed: Readonly<Record<string, readonly number[]>>;
}

class StalledHost {
  readonly #runtime: HostRuntime;
  readonly #inHand: HostMessage[] = [];
  readonly #committed: Record<string, number[]> = {};
  #isStalled = true;

  constructor({ brokerUrl, storePath, intakeBytes }: StalledSetup) {
    const link = new MqttLink({ pool: "pool", broker: { url: brokerUrl } });
    const { records } = sqliteStore(storePath);
    const common = { clock: systemClock, ack: "commit", commitTimeoutMs: 600_000, capacity: {} } as const;
    this.#runtime = new HostRuntime({ ...common, host: "host-1", link, records, intakeBytes });
    this.#runtime.onMessage((message) => {
      if (this.#isStalled) this.#inHand.push(message);
      else this.#finish(message);
    });
    this.#runtime.onOutput(({ message, output }) => {
      const of = this.#committed[output.sessionId] ?? [];
      of.push(Number(message["payload"]));
      this.#committed[output.sessionId] = of;
    });
    this.#runtime.start();
  }

  #finish({ session, payload }: HostMessage): void {
    this.#runtime.processed(session, undefined, [{ payload: (payload as { n: number }).n }]);
  }

  goOn(): void {
    this.#isStalled = false;
    for (const message of this.#inHand.splice(0)) this.#finish(message);
  }

  report(): StalledReport {
    globalThis.gc?.();
    const { intakeBytes, refused } = this.#runtime.status;
    return { heldBytes: heldBytes(), intakeBytes, refused, committed: this.#committed };
  }
}

let host: StalledHost | undefined;
process.on("message", (order: StalledOrder) => {
  if (order === "report") process.send?.(host?.report());
  else if (order === "go on") host?.goOn();
  else host = new StalledHost(order);
});
process.on("disconnect", () => process.exit(0));
