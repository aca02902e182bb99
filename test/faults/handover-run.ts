/**
 * `npm run test:faults -- --handover [--kills N] [--seed S] [--only TEXT]`: gateway and hosts as separate Node-RED
 * processes under load and real faults. An independent checker at the fleet and the outputs counts what was lost,
 * duplicated or reordered: after each case, all that was sent has to have come out once, in order per key.
 */
import { parseArgs } from "node:util";
import { connectAsync } from "mqtt";
import { systemClock } from "../../src/adapters/clock.ts";
import { startBroker } from "../../src/demo/broker.ts";
import { Checker, type Tally } from "../../src/demo/checker.ts";
import { defaultFleet } from "../../src/demo/devices.ts";
import { Ending, temporaryFolder } from "../../src/demo/ending.ts";
import { Fleet } from "../../src/demo/fleet.ts";
import { tail } from "../../src/demo/processes.ts";
import { seededRandom } from "../../src/demo/random.ts";
import { resultOf } from "../../src/demo/result.ts";
import { type Devices, type FaultCase, handoverCases } from "./handover-cases.ts";
import { PausableClock } from "./pausable-clock.ts";
import { PoolUnderTest, TAKEN_TOPIC } from "./pool-under-test.ts";

/** Nothing new came out for so long: the rest is lost. */
const QUIET_MS = 45_000;
const HOSTS = ["host-1", "host-2", "host-3"];

const { values } = parseArgs({
  options: {
    handover: { type: "boolean" },
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1)
  throw new RangeError(`--kills must be a number >= 1, got ${values.kills}`);
const random = seededRandom(Number(values.seed));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until everything sent came out, or nothing more comes. */
async function settle(checker: Checker): Promise<void> {
  let before = checker.outstanding;
  for (let sinceMs = systemClock.now(); checker.outstanding > 0; ) {
    if (systemClock.now() - sinceMs > QUIET_MS) return;
    await pause(50);
    if (checker.outstanding === before) continue;
    before = checker.outstanding;
    sinceMs = systemClock.now();
  }
}

const FAULTS = ["lost", "duplicated", "reordered", "unknown", "wrongState"] as const;

/** What went wrong since the tally before; "" = nothing. */
function wrongs(before: Tally, after: Tally): string {
  const found = FAULTS.map((name) => [name, after[name] - before[name]] as const);
  return found
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Devices and outputs on a broker of this process, and whoever counts them. */
async function startChecking(
  ending: Ending,
): Promise<{ port: number; subscribed: Promise<void>; stage: Stage }> {
  const broker = await startBroker();
  ending.add(() => broker.close());
  const checker = new Checker(HOSTS, 100);
  await broker.listen("results/#", (_topic, payload) => {
    const result = resultOf(payload.toString());
    if (result) checker.result(result, systemClock.now());
    else checker.notAResult();
  });
  const clock = new PausableClock();
  const client = await connectAsync(broker.url, { protocolVersion: 4, clientId: "fleet" });
  ending.add(() => client.endAsync(true));
  const fleet = new Fleet({
    sources: defaultFleet(Number(values.seed)),
    clock,
    random,
    publish: (topic, payload, done) => void client.publish(topic, payload, { qos: 1 }, done),
    observer: checker,
  });
  let taken = 0;
  await broker.listen(TAKEN_TOPIC, () => {
    taken++;
  });
  const devices: Devices = {
    pause: () => {
      clock.pause();
      // What was due by now would go out with the fleet's next tick, when nobody listens any more.
      fleet.tick();
    },
    run: () => clock.run(),
    taken: () =>
      reached(
        () => taken >= checker.tally(1).sent,
        () => `${taken} of ${checker.tally(1).sent} were taken`,
      ),
    resubscribed: () => broker.resubscribed("devices/#"),
  };
  const stage = { checker, clock, fleet, devices };
  return { port: broker.port, subscribed: broker.subscribed("devices/#"), stage };
}

async function reached(isReached: () => boolean, state: () => string): Promise<void> {
  for (const sinceMs = systemClock.now(); !isReached(); await pause(20))
    if (systemClock.now() - sinceMs > QUIET_MS) throw new Error(state());
}

interface Stage {
  readonly devices: Devices;
  readonly checker: Checker;
  readonly clock: PausableClock;
  readonly fleet: Fleet;
}

/** Runs one case under load; whether all came out as promised. */
async function play(
  { name, run }: FaultCase,
  pool: PoolUnderTest,
  { checker, clock, devices }: Stage,
): Promise<boolean> {
  const before = checker.tally(1);
  clock.run();
  const error = await run(pool, random, devices).then(() => undefined, String);
  clock.pause();
  await settle(checker);
  const after = checker.tally(1);
  const wrong = [wrongs(before, after), error].filter(Boolean).join("; ");
  const counts = `${after.sent - before.sent} messages, ${after.reemitted - before.reemitted} repeats dropped`;
  say(`${wrong ? "FAILED" : "ok    "} ${name}: ${counts}${wrong && `: ${wrong}`}`);
  if (wrong) for (const red of pool.processes) say(`--- ${red.name}\n${tail(red.logFile)}`);
  return wrong === "";
}

async function main(ending: Ending): Promise<number> {
  const { port, subscribed, stage } = await startChecking(ending);
  const pool = await PoolUnderTest.start(temporaryFolder(ending), port, HOSTS);
  ending.add(() => pool.stop());
  await subscribed;
  void stage.fleet.start();
  ending.add(() => stage.fleet.stop());
  let passed = 0;
  let failed = 0;
  for (const each of handoverCases(kills).filter(({ name }) => name.includes(values.only))) {
    if (await play(each, pool, stage)) passed++;
    else failed++;
  }
  say(`${passed} passed, ${failed} failed`);
  return failed;
}

const ending = new Ending();
try {
  process.exitCode = (await main(ending)) > 0 ? 1 : 0;
} finally {
  await ending.run();
}
process.exit();
