import { readFileSync } from "node:fs";
import { systemClock } from "../../src/adapters/clock.ts";
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { newGatewayId } from "../../src/adapters/pool/gateway-id.ts";
import { HostRuntime } from "../../src/adapters/pool/host-runtime.ts";
import { StitchEngine } from "../../src/adapters/pool/stitch-engine.ts";
import { sqliteStore } from "../../src/adapters/store/session-store.ts";
import type { SlotId } from "../../src/core/record/slot-record.ts";
import type { OfferedMessage } from "../../src/core/stitch/protocol.ts";
import { type Figure, median } from "./harness.ts";

const SESSIONS = 100;
/** Of each session: such that a mirror of it is worth a plan's while. */
const MESSAGES_PER_SEC = 20;
/** Of the minimal stream of a session, as the orchestrator sends it. */
const MIRRORS_PER_SEC = 1;
/**
 * In a mirrored round it flows with each tick, ten times as often: what one message of it costs stands out of the noise
 * that groups of commits make, and is told for one a second.
 */
const DENSE_INTERVAL_MS = 90;
const STATE_BYTES = 4096;
const ROUND_MS = 1000;
const SETTLING_MS = 300;
const PAIRS = 40;
/** Of so many sorted values, the n-th from either end bounds the median with 95 % (sign test). */
const BOUND = 14;
const GOAL_PERCENT = 5;
const TICK_MS = 100;
const payload = JSON.stringify({ temperature: 20.5, humidity: 40, battery: 3.6 });

const ids: readonly SlotId[] = Array.from({ length: SESSIONS }, (_, i) => ({
  sessionId: `cam-${i}`,
  slot: 0,
}));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface End {
  readonly link: MqttLink;
  readonly store: ReturnType<typeof sqliteStore>;
}

interface Round {
  readonly us: number;
  readonly messages: number;
  readonly mirrors: number;
}

/** Of its main thread, which does all of mosquitto's work: first field of schedstat, ns (Linux). */
function brokerCpuUs(pid: number | undefined): number {
  if (pid === undefined) return 0;
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1000;
}

/** The gateway's engine as `LinkedSlots` runs it, with mirrors on demand, and two hosts: all of them in this process. */
class MirrorBench {
  readonly #ends: readonly End[];
  readonly #link: MqttLink;
  readonly #hosts: readonly HostRuntime[];
  readonly #engine: StitchEngine;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #recent = new Map<string, OfferedMessage>();
  #done = 0;
  readonly #brokerPid: number | undefined;
  mirrored = 0;

  constructor(url: string, storePath: string, brokerPid: number | undefined) {
    this.#brokerPid = brokerPid;
    const end = (): End => ({
      link: new MqttLink({ pool: "bench-mirror", broker: { url } }),
      store: sqliteStore(storePath),
    });
    const [gateway, first, second] = [end(), end(), end()];
    this.#ends = [gateway, first, second];
    this.#link = gateway.link;
    this.#hosts = [this.#host("host-1", first), this.#host("host-2", second)];
    this.#engine = new StitchEngine({
      gateway: newGatewayId({ next: Math.random }),
      maxBytes: 16_777_216,
      link: gateway.link,
      records: gateway.store.records,
      clock: systemClock,
      chooseHost: () => "host-1",
      onAssign: () => undefined,
      onEvent: () => undefined,
      onClosed: () => undefined,
      onLatency: () => undefined,
      onGivenUp: () => undefined,
      mirrored: ({ sessionId }) => this.#recent.get(sessionId),
      onError: (error) => console.error(error.message),
      mirrorIntervalMs: DENSE_INTERVAL_MS,
    });
  }

  #host(host: string, { link, store: { records } }: End): HostRuntime {
    const common = { clock: systemClock, ack: "commit", commitTimeoutMs: 10_000, capacity: {} } as const;
    const runtime = new HostRuntime({ ...common, host, link, records });
    const state = Buffer.alloc(STATE_BYTES);
    runtime.onMessage(({ session, payload: output }) =>
      runtime.processed(session, state, [{ payload: output }]),
    );
    runtime.onMirror(() => void this.mirrored++);
    runtime.onOutput(() => void this.#done++);
    return runtime;
  }

  async open(): Promise<void> {
    const heard = new Set<string>();
    const end = this.#link.onHosts(({ host }) => void heard.add(host));
    for (const host of this.#hosts) host.start();
    while (heard.size < this.#hosts.length) await pause(20);
    end();
    for (const host of heard) this.#engine.orchestrate({ type: "host-up", host });
    for (const id of ids) this.#engine.orchestrate({ type: "open", id, first: "host-1" });
    this.#timers.push(setInterval(() => this.#engine.tick(), TICK_MS));
    const every = 1000 / MESSAGES_PER_SEC;
    for (const [i, id] of ids.entries())
      setTimeout(() => this.#timers.push(setInterval(() => this.#send(id), every)), (i * every) / SESSIONS);
    await pause(1000);
  }

  #send(id: SlotId): void {
    const message = { topic: id.sessionId, payload, bytes: payload.length, atMs: systemClock.now() };
    this.#recent.set(id.sessionId, message);
    this.#engine.offer({ id, message, messageClass: undefined });
  }

  mirror(isWanted: boolean): void {
    for (const id of ids)
      this.#engine.orchestrate(
        isWanted
          ? { type: "mirror", order: { id, to: "host-2", reason: "bench" } }
          : { type: "retire", id, reason: "bench" },
      );
  }

  /** What a round takes of the processors: gateway, both hosts, the store's threads and the broker. */
  async round(): Promise<Round> {
    const [messages, mirrors, before] = [this.#done, this.mirrored, this.#cpuUs()];
    await pause(ROUND_MS);
    return {
      us: this.#cpuUs() - before,
      messages: this.#done - messages,
      mirrors: this.mirrored - mirrors,
    };
  }

  #cpuUs(): number {
    const { user, system } = process.cpuUsage();
    return user + system + brokerCpuUs(this.#brokerPid);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#engine.close();
    for (const host of this.#hosts) host.close();
    await Promise.all(this.#ends.flatMap(({ link, store }) => [link.close(), store.close()]));
  }
}

/** What one message of the minimal stream took, from the record's read to its acknowledgement, us. */
function mirrorUs(plain: Round, mirrored: Round): number {
  return (mirrored.us - (mirrored.messages * plain.us) / plain.messages) / mirrored.mirrors;
}

/** What mirrors of all sessions add to the processor time of a message. Undefined broker: it is part of this process. */
export async function mirroring(
  url: string,
  storePath: string,
  brokerPid: number | undefined,
): Promise<Figure[]> {
  const bench = new MirrorBench(url, storePath, brokerPid);
  const plain: number[] = [];
  const mirror: number[] = [];
  const added: number[] = [];
  try {
    await bench.open();
    for (let i = -2; i < PAIRS; i++) {
      // What the machine does meanwhile, and what a round leaves behind, falls on both alike.
      const order = i % 2 === 0 ? [false, true] : [true, false];
      const rounds = new Map<boolean, Round>();
      for (const isMirrored of order) {
        bench.mirror(isMirrored);
        await pause(SETTLING_MS);
        rounds.set(isMirrored, await bench.round());
      }
      if (i < 0) continue;
      const [without, withMirrors] = [rounds.get(false) as Round, rounds.get(true) as Round];
      if (withMirrors.mirrors === 0) throw new Error("no minimal stream has reached the secondary");
      if (without.mirrors > SESSIONS)
        throw new Error(`${without.mirrors} mirrored messages without a mirror`);
      plain.push(without.us / without.messages);
      mirror.push(mirrorUs(without, withMirrors));
      const perMessage = MIRRORS_PER_SEC / MESSAGES_PER_SEC;
      added.push((100 * perMessage * (mirror.at(-1) as number)) / (plain.at(-1) as number));
    }
  } finally {
    await bench.close();
  }
  const sorted = added.toSorted((a, b) => a - b);
  return [
    {
      name: "processor time of a message, not mirrored, broker included",
      value: median(plain),
      unit: "us",
      rounds: plain,
    },
    { name: "of a message of the minimal stream", value: median(mirror), unit: "us", rounds: mirror },
    {
      name: "a mirror adds to a message's cost, median of pairs of rounds",
      value: median(added),
      unit: "%",
      goal: GOAL_PERCENT,
      goalIs: "at-most",
      rounds: added,
    },
    { name: "a mirror adds at least (95 %)", value: sorted[BOUND - 1] as number, unit: "%" },
    { name: "a mirror adds at most (95 %)", value: sorted[PAIRS - BOUND] as number, unit: "%" },
    { name: "minimal-stream messages", value: bench.mirrored, unit: "messages" },
  ];
}
