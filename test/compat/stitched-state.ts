/** What any function node can do with the shared store: read the stitched sessions, and update so that nobody comes between. */
import { isDeepStrictEqual } from "node:util";
import mqtt from "mqtt";
import { type Broker, startBroker } from "../../src/demo/broker.ts";
import { eventually } from "./checks.ts";
import { packageName } from "./install.ts";
import type { RedProcess } from "./red-process.ts";
import type { FlowNode } from "./taps.ts";

const TIMEOUT_MS = 60_000;
const MESSAGES = 5;
/** Each of them changes a counter so often. */
const INCREMENTS = 20;
const URL_OF_EXAMPLES = "mqtt://127.0.0.1:1883";

/** For settings.js: a context store on the file in which the examples keep their sessions. */
export const SESSIONS_STORE: string = `{
  module: require(${JSON.stringify(`${packageName}/store`)}),
  config: { path: "~/.session-stitching/sessions.sqlite", sessions: true },
}`;

/** `GET <url>` answers with the JSON of what the function returns. */
function asking(url: string, func: string): FlowNode[] {
  const at = { z: "asking", x: 10, y: 10 };
  return [
    { ...at, id: `${url}-in`, type: "http in", url, method: "get", wires: [[`${url}-fn`]] },
    { ...at, id: `${url}-fn`, type: "function", func, outputs: 1, wires: [[`${url}-out`]] },
    { ...at, id: `${url}-out`, type: "http response", wires: [] },
  ];
}

const ASKING: readonly FlowNode[] = [
  { id: "asking", type: "tab", label: "asking" },
  ...asking(
    "/sessions",
    `
    const ids = flow.get("$sessions", "sessions");
    const slots = flow.get('$sessions["cam-7"]', "sessions") ?? {};
    const count = Object.keys(slots).map((slot) => flow.get(\`$sessions["cam-7"][\${slot}].state.count\`, "sessions"));
    const owners = Object.values(slots).map(({ owner }) => owner);
    return { ...msg, payload: { ids, count, owners } };`,
  ),
  ...asking(
    "/atomic",
    `
    const [mine, same] = [flow.get("$atomic", "sessions"), flow.get("$atomic", "sessions")];
    await mine.set("n", 0);
    await Promise.all(Array.from({ length: ${INCREMENTS} }, (_, i) => (i % 2 ? mine : same).increment("n")));
    await mine.set("mode", "off");
    const isSet = await mine.compareAndSet("mode", "off", "on");
    const isSetAgain = await mine.compareAndSet("mode", "off", "on");
    const payload = { n: flow.get("n", "sessions"), isSet, isSetAgain, mode: flow.get("mode", "sessions") };
    return { ...msg, payload };`,
  ),
];

/** Gateway and host in one Node-RED, on our broker. */
function asOneHost(examples: readonly FlowNode[], { url, port }: Broker): FlowNode[] {
  const text = JSON.stringify(examples)
    .replaceAll(URL_OF_EXAMPLES, url)
    .replaceAll('"port":"1883"', `"port":"${port}"`)
    .replaceAll(/\$\{STITCH_HOST\}/g, "host-1")
    .replaceAll(/\$\{STITCH_CAPACITY\}/g, "100");
  return JSON.parse(text) as FlowNode[];
}

async function publish({ url }: Broker): Promise<void> {
  const client = await mqtt.connectAsync(url);
  for (let n = 1; n <= MESSAGES; n++)
    await client.publishAsync("devices/cam-7/a", JSON.stringify({ n }), { qos: 1 });
  await client.endAsync();
}

async function ask(red: RedProcess, path: string): Promise<Record<string, unknown>> {
  return (await (await red.get(path)).json()) as Record<string, unknown>;
}

async function deploy(red: RedProcess, flow: readonly FlowNode[]): Promise<void> {
  await red.post("/flows", flow, { "Node-RED-Deployment-Type": "full" });
}

/** A session that a gateway gives to a host, which counts its messages: any function node reads that count. */
export async function checkStitchedState(red: RedProcess, examples: readonly FlowNode[]): Promise<void> {
  const broker = await startBroker();
  try {
    await deploy(red, [...asOneHost(examples, broker), ...ASKING]);
    await broker.subscribed("devices/#");
    await publish(broker);
    const wanted = { ids: ["cam-7"], count: [MESSAGES], owners: ["host-1"] };
    let last: unknown;
    await eventually(`${JSON.stringify(wanted)} in the sessions`, TIMEOUT_MS, async () => {
      last = await ask(red, "/sessions");
      return isDeepStrictEqual(last, wanted);
    }).catch((cause: unknown) => {
      throw new Error(`${String(cause)}, got ${JSON.stringify(last)}`, { cause });
    });
  } finally {
    await deploy(red, []);
    await broker.close();
  }
}

export async function checkAtomicUpdates(red: RedProcess): Promise<void> {
  await deploy(red, ASKING);
  const wanted = { n: INCREMENTS, isSet: true, isSetAgain: false, mode: "on" };
  // A flow that was just deployed has no route for a moment.
  const got = await eventually("an answer of /atomic", TIMEOUT_MS, () => ask(red, "/atomic"));
  if (!isDeepStrictEqual(got, wanted))
    throw new Error(`must be ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}
