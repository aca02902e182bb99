import assert from "node:assert/strict";
import { StitchEngine } from "../../../src/adapters/pool/stitch-engine.ts";
import { StreamLog } from "../../../src/adapters/pool/stream-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";
import { MemoryLink } from "../../support/memory-link.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const ID = { sessionId: "cam-7", slot: 0 };
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A file that answers when it is told to. */
class SlowDriver extends MemoryDriver {
  readonly waiting: (() => void)[] = [];
  override async put(key: string, value: Uint8Array): Promise<number> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return super.put(key, value);
  }
}

describe("StitchEngine", () => {
  it("leaves a slot closed whose numbers reach the disk later: the next opening begins with the record", async () => {
    const driver = new SlowDriver();
    const log = new StreamLog({ driver, onError: () => undefined });
    const none = (): undefined => undefined;
    const engine = new StitchEngine({
      gateway: "gw",
      maxBytes: 1e6,
      link: new MemoryLink(),
      records: new MemoryRecords(),
      clock: new FakeClock(1e12),
      chooseHost: () => "host-1",
      onAssign: none,
      onEvent: none,
      onClosed: none,
      onLatency: none,
      onGivenUp: none,
      mirrored: none,
      onError: none,
    });
    await log.open();
    log.start();
    log.keepsAll = true;
    engine.logTo(log);
    engine.orchestrate({ type: "host-up", host: "host-1" });
    engine.orchestrate({ type: "open", id: ID, first: "host-1" });
    while (driver.waiting.length === 0) await turn();
    assert.equal(engine.orchestrator.slot(ID, 0)?.epoch, 1);
    engine.orchestrate({ type: "close", id: ID });
    assert.equal(engine.orchestrator.slot(ID, 0), undefined);
    driver.waiting[0]?.();
    for (let turns = 0; turns < 5; turns++) await turn();
    assert.equal(engine.retention.knows(ID), false);
    engine.close();
  });
});
