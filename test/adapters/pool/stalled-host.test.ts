import assert from "node:assert/strict";
import { type Mosquitto, mosquittoBinary, startMosquitto } from "../../support/mosquitto.ts";
import { type Bounds, FLOOD_MESSAGES, type Held, StalledPool } from "../../support/stalled-pool.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const MB = 1_048_576;
const BOUNDS: Bounds = { intakeBytes: 4 * MB, bufferBytes: 24 * MB };
/** What a process holds besides: code, and copies on their way to the broker; far less than the flood. */
const SLACK_BYTES = 64 * MB;
/** A host has nothing on its way. */
const HOST_SLACK_BYTES = 20 * MB;

/** What is held beyond its bound. */
function beyond({ retained, gatewayGrown, brokerGrown, intake, hostGrown }: Held): string[] {
  const { intakeBytes, bufferBytes } = BOUNDS;
  const held: readonly (readonly [name: string, bytes: number, bound: number])[] = [
    ["retained by the route", retained, bufferBytes],
    ["the gateway's memory", gatewayGrown, bufferBytes + SLACK_BYTES],
    ["the broker's memory", brokerGrown, bufferBytes + SLACK_BYTES],
    ["the host's intake", intake, intakeBytes],
    ["the host's memory", hostGrown, intakeBytes + HOST_SLACK_BYTES],
  ];
  return held
    .filter(([, bytes, bound]) => bytes > bound)
    .map(([name, bytes, bound]) => `${name}: ${(bytes / MB).toFixed(1)} of ${bound / MB} MB`);
}

describe("a host that hangs under load", function () {
  this.timeout(120_000);
  let broker: Mosquitto;
  let folder: TemporaryFolder;
  let pool: StalledPool | undefined;
  let binary: string;
  before(function () {
    binary = mosquittoBinary(this);
  });
  beforeEach(async () => {
    broker = await startMosquitto(binary);
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await pool?.close();
    pool = undefined;
    await broker.stop();
    folder.remove();
  });

  async function flooded(bounds: Bounds, stop = false): Promise<StalledPool> {
    pool = await StalledPool.start(broker, folder.file("s.sqlite"), bounds);
    if (stop) pool.signal("SIGSTOP");
    await pool.flood();
    return pool;
  }

  async function comesOut(from: StalledPool): Promise<void> {
    from.goOn();
    await from.reached(() => from.gateway.status.retained === 0);
    const { committed, intakeBytes } = await from.report();
    assert.deepEqual(committed, Object.fromEntries(from.taken));
    assert.equal(intakeBytes, 0);
    assert.deepEqual(from.errors, []);
  }

  it("in its flow: the memory of all stays bounded, the route tells, nothing of what was taken over is lost", async () => {
    const one = await flooded(BOUNDS);
    await one.reached(async () => (await one.report()).refused > 0 && (one.gateway.status.halted ?? 0) > 0);
    assert.deepEqual(beyond(one.held(await one.report())), []);
    assert.ok(one.refused > FLOOD_MESSAGES / 2, `${one.refused} of ${FLOOD_MESSAGES} refused`);
    await comesOut(one);
  });

  it("stopped (SIGSTOP): so is the broker's, and it goes on where it stood", async () => {
    const one = await flooded(BOUNDS, true);
    await one.reached(() => one.gateway.hosts().some(({ state }) => state === "suspect"));
    assert.deepEqual(beyond(one.held()), []);
    assert.ok(one.refused > FLOOD_MESSAGES / 2, `${one.refused} of ${FLOOD_MESSAGES} refused`);
    one.signal("SIGCONT");
    await comesOut(one);
  });

  it("would be noticed to fill memory if route and intake had no bound", async () => {
    const one = await flooded({ intakeBytes: 1000 * MB, bufferBytes: 1000 * MB });
    // What its link can queue at once.
    await one.reached(async () => (await one.report()).intakeBytes > 30 * MB);
    assert.equal(one.refused, 0);
    const names = beyond(one.held(await one.report())).map((text) => text.split(":")[0]);
    for (const name of [
      "retained by the route",
      "the gateway's memory",
      "the host's intake",
      "the host's memory",
    ])
      assert.ok(names.includes(name), `${name} is beyond its bound, told were: ${names.join(", ")}`);
  });
});
