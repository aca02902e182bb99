/** A host in a process of its own for `bench:handover`: a flow that keeps 64 kB of state, outputs told to the parent. */
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { sqliteStore } from "../../src/adapters/store/session-store.ts";

const STATE_BYTES = 65_536;

export interface HostSetup {
  readonly host: string;
  readonly brokerUrl: string;
  readonly storePath: string;
}

/** An output that took effect: which slot, which message, where, when. */
export interface OutputNews {
  readonly slot: number;
  readonly epoch: number;
  readonly seq: number;
  readonly host: string;
  readonly offeredAtMs: number;
  readonly deliveredAtMs: number;
  readonly atMs: number;
}

function run({ host, brokerUrl, storePath }: HostSetup): void {
  const link = new MqttLink({ pool: "bench", broker: { url: brokerUrl } });
  const { records } = sqliteStore(storePath);
  const common = { clock: systemClock, ack: "commit", commitTimeoutMs: 10_000, capacity: {} } as const;
  const runtime = new HostRuntime({ ...common, host, link, records });
  runtime.onMessage(({ session, state, payload }) => {
    const blob = state instanceof Uint8Array ? Buffer.from(state) : Buffer.alloc(STATE_BYTES);
    blob.writeUInt32BE(session.seq, 0);
    runtime.processed(session, blob, [{ payload, deliveredAtMs: systemClock.now() }]);
  });
  runtime.onOutput(({ message, output }) => {
    // Of an earlier owner's: says nothing about when this flow went on.
    if (output.repeat) return;
    const { slot, epoch, seq } = output;
    const deliveredAtMs = Number(message["deliveredAtMs"]);
    const offeredAtMs = Number(message["payload"]);
    const times = { offeredAtMs, deliveredAtMs, atMs: systemClock.now() };
    const news: OutputNews = { slot, epoch, seq, host, ...times };
    process.send?.(news);
  });
  runtime.start();
}

process.once("message", (setup: HostSetup) => run(setup));
process.on("disconnect", () => process.exit(0));
