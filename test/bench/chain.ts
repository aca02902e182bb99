/**
 * What the gateway's four nodes cost: profile → forecast → stitch → route (by wire) against four empty nodes in
 * the same runtime. Rounds of both alternate, so that a busy machine slows both. Each leg begins with an empty node
 * and ends in a sink; a third leg of those two alone is taken off, so that the ratio is of four nodes to four.
 */
import { fileURLToPath } from "node:url";
import { type EmbeddedRuntime, type FlowNode, type RunningNode, startEmbedded } from "./embedded.ts";
import { type Figure, median, report, roundsWanted } from "./harness.ts";

const DEVICES = 100;
const MESSAGES_PER_ROUND = 20_000;
/** Messages under way at once: a burst a gateway sees, far below what would stress the garbage collector. */
const IN_FLIGHT = 100;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 4;
const ROUND_TIMEOUT_MS = 20_000;
const GOAL = 0.6;

type PayloadKind = "object" | "buffer";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const types = {
  "session-pool": source("../../nodes/session-pool.ts"),
  "session-store": source("../../nodes/session-store.ts"),
  "session-profile": source("../../nodes/session-profile.ts"),
  "session-forecast": source("../../nodes/session-forecast.ts"),
  "session-stitch": source("../../nodes/session-stitch.ts"),
  "session-route": source("../../nodes/session-route.ts"),
  "bench-empty": source("empty-node.ts"),
  "bench-sink": source("sink-node.ts"),
};

const HOSTS = ["host-1", "host-2", "host-3"];
const plain = { z: "tab", x: 0, y: 0 };

/** As the editor saves them: strings, each typed field with its `…Type` twin. */
const chainFlow: readonly FlowNode[] = [
  { ...plain, id: "chain-in", type: "bench-empty", wires: [["chain"]] },
  {
    id: "pool",
    type: "session-pool",
    name: "bench",
    hosts: HOSTS.map((name) => ({ name, messagesPerSec: "1000000", bytesPerSec: "", weight: "1" })),
    discover: false,
    broker: "",
    store: "",
    threshold: "0.85",
    leadTimeMs: "15000",
    stepMs: "5000",
    dwellMs: "45000",
    maxSessions: "10000",
    minimalRate: "64",
    dryRun: false,
  },
  {
    ...plain,
    id: "chain",
    type: "session-profile",
    pool: "pool",
    sessionId: "topic",
    sessionIdType: "msg",
    slotKey: "",
    slotKeyType: "none",
    slots: "16",
    deviceProfile: "",
    windowMs: "60000",
    wires: [["forecast"], []],
  },
  {
    ...plain,
    id: "forecast",
    type: "session-forecast",
    pool: "pool",
    mode: "session",
    value: "payload",
    valueType: "msg",
    series: "topic",
    seriesType: "msg",
    stepMs: "10000",
    horizon: "30",
    level: "80",
    aggregation: "mean",
    missing: "gap",
    arima: true,
    lstm: true,
    wires: [["stitch"], []],
  },
  { ...plain, id: "stitch", type: "session-stitch", pool: "pool", wires: [["route"], []] },
  {
    ...plain,
    id: "route",
    type: "session-route",
    pool: "pool",
    delivery: "wire",
    hosts: HOSTS,
    outputs: HOSTS.length + 1,
    balance: "auto",
    bufferBytes: "16777216",
    wires: [["chain-sink"], ["chain-sink"], ["chain-sink"], ["chain-sink"]],
  },
  { ...plain, id: "chain-sink", type: "bench-sink", wires: [] },
];

const emptyFlow: readonly FlowNode[] = [
  { ...plain, id: "empty-in", type: "bench-empty", wires: [["empty"]] },
  { ...plain, id: "empty", type: "bench-empty", wires: [["empty-2"]] },
  { ...plain, id: "empty-2", type: "bench-empty", wires: [["empty-3"]] },
  { ...plain, id: "empty-3", type: "bench-empty", wires: [["empty-4"]] },
  { ...plain, id: "empty-4", type: "bench-empty", wires: [["empty-sink"]] },
  { ...plain, id: "empty-sink", type: "bench-sink", wires: [] },
  { ...plain, id: "bare-in", type: "bench-empty", wires: [["bare-sink"]] },
  { ...plain, id: "bare-sink", type: "bench-sink", wires: [] },
];

const payloads: Record<PayloadKind, (count: number) => unknown> = {
  object: (count) => ({ temperature: 20 + (count % 10), humidity: 40, battery: 3.6, seq: count }),
  buffer: () => Buffer.alloc(64, 7),
};

/** Sends a round's messages, a bounded number under way at once; resolves with the microseconds per message. */
function runRound(entry: RunningNode, exit: RunningNode, kind: PayloadKind): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let arrived = 0;
    const stuck = setTimeout(
      () => reject(new Error(`${arrived} of ${sent} messages arrived: the chain holds or loses them`)),
      ROUND_TIMEOUT_MS,
    );
    const start = performance.now();
    const sendOne = (): void => {
      const device = sent % DEVICES;
      sent += 1;
      entry.receive({
        // Set here, as a source node's own send would have: made anew at entry it would weigh on neither chain.
        _msgid: `b${sent}`,
        topic: `site/device-${device}/up`,
        payload: payloads[kind](sent),
      });
    };
    arrivals.set(exit, () => {
      arrived += 1;
      if (sent < MESSAGES_PER_ROUND) sendOne();
      else if (arrived === MESSAGES_PER_ROUND) {
        clearTimeout(stuck);
        resolve(((performance.now() - start) * 1000) / arrived);
      }
    });
    for (let i = 0; i < IN_FLIGHT; i++) sendOne();
  });
}

/** What each sink's next arrival goes to; a sink's listener is attached once. */
const arrivals = new Map<RunningNode, () => void>();

async function measure(runtime: EmbeddedRuntime, kind: PayloadKind): Promise<Figure[]> {
  const legs = [
    { us: [] as number[], entry: runtime.node("bare-in"), exit: runtime.node("bare-sink") },
    { us: [] as number[], entry: runtime.node("empty-in"), exit: runtime.node("empty-sink") },
    { us: [] as number[], entry: runtime.node("chain-in"), exit: runtime.node("chain-sink") },
  ] as const;
  const rounds = roundsWanted(ROUNDS);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const { us, entry, exit } of legs) {
      const took = await runRound(entry, exit, kind);
      if (round >= 0) us.push(took);
    }
  }
  const [bare, empty, chain] = legs.map(({ us }) => median(us)) as [number, number, number];
  const ratios = legs[1].us.map((us, i) => (us - bare) / ((legs[2].us[i] as number) - bare));
  const gross = legs[1].us.map((us, i) => us / (legs[2].us[i] as number));
  return [
    { name: `${kind}: four empty nodes`, value: empty - bare, unit: "us", rounds: legs[1].us },
    {
      name: `${kind}: profile, forecast, stitch, route`,
      value: chain - bare,
      unit: "us",
      rounds: legs[2].us,
    },
    { name: `${kind}: chain / empty with source and sink`, value: median(gross), unit: "x", rounds: gross },
    {
      name: `${kind}: chain / empty, throughput`,
      value: median(ratios),
      unit: "x",
      goal: GOAL,
      rounds: ratios,
    },
  ];
}

const runtime = await startEmbedded(types, [...chainFlow, ...emptyFlow]);
for (const id of ["bare-sink", "empty-sink", "chain-sink"]) {
  const sink = runtime.node(id);
  sink.on("bench-arrival", () => arrivals.get(sink)?.());
}
const figures = [...(await measure(runtime, "object")), ...(await measure(runtime, "buffer"))];
report(figures);
await runtime.stop();
process.exit(0);
