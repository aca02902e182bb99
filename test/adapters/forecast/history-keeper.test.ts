import assert from "node:assert/strict";
import { HistoryKeeper, type Keepable } from "../../../src/adapters/forecast/history-keeper.ts";
import type { KeptHistory } from "../../../src/core/forecast/session/kept-history.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";

const MINUTE_MS = 60_000;

class Remembering {
  resumed: KeptHistory | undefined;
  kept: KeptHistory = { stepMs: 1000, end: 7, series: [Float64Array.of(1, 2)] };
  sinceMs: number | undefined;
  resume(kept: KeptHistory, sinceMs?: number): void {
    this.resumed = kept;
    this.sinceMs = sinceMs;
  }
}
const itemOf = (name: string): Keepable & { forecaster: Remembering } => ({
  name,
  forecaster: new Remembering(),
  savedAtMs: 0,
});

describe("keeper of histories", () => {
  let driver: MemoryDriver;
  let keeper: HistoryKeeper;
  beforeEach(() => {
    driver = new MemoryDriver();
    keeper = new HistoryKeeper({ driver: () => driver, owner: "f", width: 8 });
  });

  const keys = async (): Promise<string[]> => (await driver.snapshot("")).map(({ key }) => key);
  async function loaded(item: Keepable): Promise<void> {
    while (item.savedAtMs === Number.POSITIVE_INFINITY) await new Promise(setImmediate);
  }

  it("saves every two minutes, and gives back what it saved", async () => {
    const item = itemOf("site/cam-7");
    keeper.begin(item, 0);
    await loaded(item);
    assert.equal(item.forecaster.resumed, undefined);
    keeper.step(item, MINUTE_MS);
    keeper.step(item, 2 * MINUTE_MS);
    keeper.step(item, 3 * MINUTE_MS);
    await keeper.close([]);
    assert.deepEqual(await keys(), ["forecast/f/site%2Fcam-7"]);
    const again = itemOf("site/cam-7");
    keeper.begin(again, 0);
    await loaded(again);
    assert.deepEqual(again.forecaster.resumed, item.forecaster.kept);
  });

  it("tells since when the node listens", async () => {
    await keeper.close([itemOf("a")]);
    const listening = new HistoryKeeper({ driver: () => driver, owner: "f", width: 8, sinceMs: 77 });
    const item = itemOf("a");
    listening.begin(item, 80);
    await loaded(item);
    assert.equal(item.forecaster.sinceMs, 77);
  });

  it("keeps all when it is closed", async () => {
    const items = ["a", "b", "__proto__"].map(itemOf);
    await keeper.close(items);
    assert.equal((await keys()).length, 3);
  });

  it("does not write over what is on its way", async () => {
    await keeper.close([itemOf("a")]);
    const item = itemOf("a");
    item.forecaster.kept = { stepMs: 1000, end: 1, series: [] };
    keeper.begin(item, 0);
    keeper.step(item, 10 * MINUTE_MS);
    keeper.save(item);
    await loaded(item);
    assert.equal(item.forecaster.resumed?.end, 7);
  });

  it("asks again where the store can't answer, and writes over nothing that it has not read", async () => {
    await keeper.close([itemOf("a")]);
    driver.away = new Error("down");
    const item = itemOf("a");
    item.forecaster.kept = { stepMs: 1000, end: 1, series: [] };
    keeper.begin(item, 0);
    await new Promise(setImmediate);
    keeper.step(item, MINUTE_MS);
    await new Promise(setImmediate);
    driver.away = undefined;
    keeper.save(item);
    keeper.step(item, MINUTE_MS + 1);
    await new Promise(setImmediate);
    assert.ok(item.savedAtMs === Number.POSITIVE_INFINITY, "not asked again at once");
    keeper.step(item, 2 * MINUTE_MS);
    await loaded(item);
    assert.equal(item.forecaster.resumed?.end, 7);
    keeper.step(item, 4 * MINUTE_MS);
    await keeper.close([]);
    const again = itemOf("a");
    keeper.begin(again, 0);
    await loaded(again);
    assert.equal(again.forecaster.resumed?.end, 1, "saved, once it was read");
  });

  it("has few writes under way at a time", async () => {
    const items = Array.from({ length: 100 }, (_, i) => itemOf(`s-${i}`));
    for (const item of items) keeper.step(item, 2 * MINUTE_MS);
    assert.equal(items.filter(({ savedAtMs }) => savedAtMs > 0).length, 32);
    await keeper.close([]);
    for (const item of items) if (item.savedAtMs === 0) keeper.step(item, 2 * MINUTE_MS);
    await keeper.close([]);
    assert.equal((await keys()).length, 64);
  });

  it("takes names of any length", async () => {
    const item = itemOf("é".repeat(1000));
    await keeper.close([item]);
    const [key] = await keys();
    assert.match(key ?? "", /^forecast\/f\/~[0-9a-f]{64}$/);
  });

  it("does without where there is no store", async () => {
    const none = new HistoryKeeper({ driver: () => undefined, owner: "f", width: 4 });
    const item = itemOf("a");
    none.begin(item, 5);
    none.step(item, 10 * MINUTE_MS);
    await none.close([item]);
    assert.deepEqual(await keys(), []);
  });
});
