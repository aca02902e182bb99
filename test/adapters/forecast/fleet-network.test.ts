import assert from "node:assert/strict";
import { FleetNetwork } from "../../../src/adapters/forecast/fleet-network.ts";
import { openWeights } from "../../../src/adapters/forecast/kept-weights.ts";
import type { Series } from "../../../src/core/forecast/forecaster.ts";
import type { Path } from "../../../src/core/forecast/online/path.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";

const HOUR_MS = 3_600_000;
const training = {
  budgetMs: 4_000,
  options: { shape: { patch: 4, horizon: 8, hidden: 8 }, steps: 8, batch: 8, checkEvery: 20 },
};

/** Strongly seasonal, so that a small network learns something; each with a phase of its own. */
const values = (length: number, phase: number): Float64Array =>
  Float64Array.from({ length }, (_, t) => Math.round(60 + 50 * Math.sin((t + phase) / 2.5) + ((t * 7) % 5)));
const fleetOf = (count: number, length = 240): Series[] =>
  Array.from({ length: count }, (_, i) => ({ values: values(length, 3 * i), stepMs: 1000 }));

describe("fleet network", function () {
  this.timeout(30_000);
  let driver: MemoryDriver;
  let told: string[];
  let open: FleetNetwork[];
  beforeEach(() => {
    driver = new MemoryDriver();
    told = [];
    open = [];
  });
  afterEach(() => Promise.all(open.map((network) => network.close())));

  function made(): FleetNetwork {
    const warn = ({ message }: Error): unknown => told.push(message);
    const clock = new FakeClock();
    const network = new FleetNetwork({ clock, owner: "f/1", driver: () => driver, warn, training });
    open.push(network);
    return network;
  }

  /** Steps a minute apart until `isTrue`. */
  async function until(
    isTrue: () => boolean | Promise<boolean>,
    step: () => void = () => undefined,
  ): Promise<void> {
    while (!(await isTrue())) {
      step();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const kept = async (): Promise<Uint8Array | undefined> => (await driver.get("lstm/f%2F1"))?.value;

  it("learns from the node's series, keeps what it learnt, and another goes on with it", async () => {
    const network = made();
    let nowMs = 0;
    await until(
      async () => (await kept()) !== undefined,
      () => {
        nowMs += 60_000;
        network.step(nowMs, () => fleetOf(6));
      },
    );
    assert.equal(network.isReady, true);
    openWeights((await kept()) as Uint8Array);

    const restarted = made();
    assert.equal(restarted.isReady, false);
    await until(
      () => restarted.isReady,
      () => restarted.step(0, () => []),
    );
    const path = await new Promise<Path>((deliver) =>
      restarted.request({ series: "s", values: values(240, 5), h: 12, deliver }),
    );
    assert.ok(path.length === 12 || path.length === 0);
    assert.ok(path.every(Number.isFinite));
    assert.deepEqual(told, []);
  });

  it("learns again six hours later, from what the series are then, and not before", async () => {
    const network = made();
    const learntAt: number[] = [];
    let nowMs = 0;
    const minute = (): void => {
      nowMs += 60_000;
      network.step(nowMs, () => {
        learntAt.push(nowMs);
        return fleetOf(6);
      });
    };
    const another = async (before: Uint8Array | undefined): Promise<Uint8Array> => {
      await until(async () => (await kept()) !== undefined && (await kept()) !== before);
      // What was kept is the last that a training does: then it is over.
      await new Promise((resolve) => setImmediate(resolve));
      return (await kept()) as Uint8Array;
    };
    await until(() => learntAt.length > 0, minute);
    const first = await another(undefined);
    const [firstMs = 0] = learntAt;
    while (nowMs < firstMs + 6 * HOUR_MS - 60_000) minute();
    assert.deepEqual(learntAt, [firstMs]);
    minute();
    assert.deepEqual(learntAt, [firstMs, firstMs + 6 * HOUR_MS]);
    await another(first);
    assert.deepEqual(told, []);
  });

  it("learns nothing from too few series, from short ones, or from constants", async () => {
    const network = made();
    const constant = { values: new Float64Array(240).fill(3), stepMs: 1000 };
    const fleets = [fleetOf(3), fleetOf(8, 95), [...fleetOf(3), constant, constant]];
    let nowMs = 0;
    for (const fleet of [fleets[0] ?? [], ...fleets]) {
      nowMs += HOUR_MS;
      network.step(nowMs, () => fleet);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(network.isReady, false);
    assert.equal(await kept(), undefined);
  });

  it("tells of damaged weights, and does without them", async () => {
    await driver.put(
      "lstm/f%2F1",
      Uint8Array.from({ length: 90 }, () => 1),
    );
    const network = made();
    network.step(0, () => []);
    await until(() => told.length > 0);
    assert.match(told[0] ?? "", /SHA-256/);
    assert.equal(network.isReady, false);
  });

  it("asks a store that could not answer again", async () => {
    const network = made();
    driver.away = new Error("nothing listens");
    network.step(0, () => []);
    await new Promise((resolve) => setTimeout(resolve, 20));
    driver.away = undefined;
    await driver.put("lstm/f%2F1", Uint8Array.of(9));
    network.step(60_000, () => []);
    await until(() => told.length > 0);
    assert.match(told[0] ?? "", /version/);
  });
});
