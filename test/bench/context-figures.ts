/** The context store side by side with Node-RED's own: memory, and localfilesystem with its cache. */
import { createRequire } from "node:module";
import nodeRed from "@node-red/util";
import type { NodeMessage } from "node-red";
import { createStore } from "../../src/adapters/context/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Figure, median, roundsWanted } from "./harness.ts";

/** What the three have in common. */
interface Store {
  open(): Promise<unknown>;
  close(): Promise<unknown>;
  get(scope: string, key: string): unknown;
  set(scope: string, key: string, value: unknown): void;
}
type Reader = Pick<Store, "get">;
type Factory = (config: object) => Store;

const require = createRequire(import.meta.url);
const memory = require("@node-red/runtime/lib/nodes/context/memory.js") as Factory;
const localFileSystem = require("@node-red/runtime/lib/nodes/context/localfilesystem.js") as Factory;

const OPS = 50_000;
const LARGE_OPS = 1000;
const KEYS = 1000;
const MANY_KEYS = 100_000;
const GET_GOAL = 0.5;

/** What a node may keep: twenty machines with their last readings. */
const plant = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [
    `machine-${i}`,
    { on: i % 3 > 0, rpm: 1450 + i, last: [19.5, 20, 21] },
  ]),
);
const state = { count: 17, mean: 20.5, unit: "°C", last: [19.5, 20, 21] };

/** Kept, so that no engine may leave the reading out. */
const last: { read: unknown } = { read: undefined };

const gets = (store: Reader, key: string, ops = OPS): number => {
  const start = performance.now();
  for (let i = 0; i < ops; i++) last.read = store.get("flow", key);
  return (ops * 1000) / (performance.now() - start);
};
/** The memory store hands out what it holds: whoever means to change that must copy it, as the function node's help has it. */
const copying = (store: Reader): Reader => ({
  get: (scope, key) => nodeRed.util.cloneMessage(store.get(scope, key) as NodeMessage),
});
const sets = (store: Store): number => {
  const start = performance.now();
  for (let i = 0; i < OPS; i++) store.set("flow", `key${i % KEYS}`, state);
  return (OPS * 1000) / (performance.now() - start);
};

/** Rounds of ours and the peer's alternate, so that a busy machine slows both. */
async function compare<S>(ours: S, peer: S, run: (store: S) => number): Promise<[number[], number[]]> {
  const rates: [number[], number[]] = [[], []];
  for (let round = -2; round < roundsWanted(); round++) {
    const [own, theirs] = [run(ours), run(peer)];
    // Writes get their turn: neither store may live on a backlog.
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (round < 0) continue;
    rates[0].push(own);
    rates[1].push(theirs);
  }
  return rates;
}

function ratio(name: string, [ours, theirs]: [number[], number[]], goal?: number): Figure[] {
  const ratios = ours.map((rate, i) => rate / (theirs[i] ?? Number.NaN));
  const figure: Figure = {
    name: `${name}, of the peer's rate`,
    value: median(ratios),
    unit: "x",
    rounds: ratios,
  };
  return [
    { name, value: median(ours), unit: "ops/s" },
    goal === undefined ? figure : { ...figure, goal, goalIs: "at-least" },
  ];
}

export async function contextFigures(): Promise<Figure[]> {
  const folder = temporaryFolder();
  const settings = { userDir: folder.path };
  const stores = [createStore({ settings }) as Store, memory({}), localFileSystem({ settings })] as const;
  const [ours, inMemory, inFiles] = stores;
  try {
    for (const store of stores) {
      await store.open();
      store.set("flow", "n", 5);
      store.set("flow", "state", state);
      store.set("flow", "plant", plant);
    }
    const toChange = copying(inMemory);
    return [
      ...ratio(
        "context get of a number vs memory",
        await compare(ours, inMemory, (s) => gets(s, "n")),
        GET_GOAL,
      ),
      ...ratio(
        "context get of a nested number vs memory",
        await compare(ours, inMemory, (s) => gets(s, "state.last[1]")),
        GET_GOAL,
      ),
      ...ratio(
        "context get of a small object, copied, vs memory, which copies nothing",
        await compare(ours, inMemory, (s) => gets(s, "state")),
        GET_GOAL,
      ),
      ...ratio(
        "context get of 20 objects, copied, vs memory and RED.util.cloneMessage",
        await compare<Reader>(ours, toChange, (s) => gets(s, "plant", LARGE_OPS)),
        GET_GOAL,
      ),
      ...ratio(
        "context get of 20 objects, copied, vs memory, which copies nothing",
        await compare(ours, inMemory, (s) => gets(s, "plant", LARGE_OPS)),
      ),
      ...ratio(
        "context get of a small object, copied, vs localfilesystem, which copies nothing",
        await compare(ours, inFiles, (s) => gets(s, "state")),
      ),
      ...ratio("context set of an object vs localfilesystem", await compare(ours, inFiles, sets)),
      await openMany(),
    ];
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    folder.remove();
  }
}

/** From nothing to the first answer, with many keys in the file. */
async function openMany(): Promise<Figure> {
  const folder = temporaryFolder();
  const open = async (): Promise<ReturnType<typeof createStore>> => {
    const store = createStore({ settings: { userDir: folder.path } });
    await store.open();
    return store;
  };
  const store = await open();
  for (let i = 0; i < MANY_KEYS; i++) store.set("flow", `key${i}`, state);
  await store.close();
  const start = performance.now();
  const again = await open();
  const found = again.keys("flow")?.length;
  const tookMs = performance.now() - start;
  await again.close();
  folder.remove();
  if (found !== MANY_KEYS) throw new Error(`${found} of ${MANY_KEYS} keys were stored`);
  return { name: "open with 100,000 context keys", value: tookMs, unit: "ms" };
}
