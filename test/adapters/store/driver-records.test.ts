import assert from "node:assert/strict";
import { once } from "node:events";
import { DriverRecords, type DriverRecordsOptions } from "../../../src/adapters/store/driver-records.ts";
import { encodeRecord } from "../../../src/adapters/store/record-codec.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { SlotId, SlotRecord, StoredRecord } from "../../../src/core/record/slot-record.ts";
import { MemoryDriver } from "../../support/memory-driver.ts";

const ID: SlotId = { sessionId: "devices/cam-7", slot: 2 };
const KEY = "slot/devices%2Fcam-7/2";

const recordOf = (seq: number, overrides: Partial<SlotRecord> = {}): SlotRecord => ({
  epoch: 1,
  owner: "host-1",
  seq,
  state: { count: seq },
  outbox: [],
  writeId: `w.${seq}`,
  ...overrides,
});

describe("DriverRecords", () => {
  let driver: MemoryDriver;
  let bad: Error[];
  let records: DriverRecords;
  const open = (options: DriverRecordsOptions = {}): void => {
    bad = [];
    driver = new MemoryDriver();
    records = new DriverRecords(driver, { onBadRecord: (error) => bad.push(error), ...options });
  };
  beforeEach(() => open());

  it("creates at revision 0 and reads back what it wrote, under the slot's key", async () => {
    assert.equal(await records.read(ID), undefined);
    const written = await records.write(ID, recordOf(1), 0);
    assert.equal(written.outcome, "written");
    assert.deepEqual((await records.read(ID))?.record, recordOf(1));
    assert.deepEqual(
      (await driver.snapshot("slot/")).map(({ key }) => key),
      [KEY],
    );
  });

  it("answers a conflict with what stands", async () => {
    const first = await records.write(ID, recordOf(1), 0);
    assert.ok(first.outcome === "written");
    const second = await records.write(ID, recordOf(2), 0);
    assert.deepEqual(second, {
      outcome: "conflict",
      stored: { record: recordOf(1), revision: first.revision },
    });
    assert.deepEqual(await records.write({ ...ID, slot: 3 }, recordOf(1), 9), {
      outcome: "conflict",
      stored: undefined,
    });
  });

  it("gives a read up that is not answered, so that it is tried again", async () => {
    open({ timeoutMs: 1 });
    driver.get = () => new Promise(() => undefined);
    await assert.rejects(records.read(ID), { code: "INDETERMINATE", message: /no answer within 1 ms/ });
  });

  it("takes a time-out for a write of unknown fate", async () => {
    open({ timeoutMs: 1 });
    driver.failures.push("hang");
    const result = await records.write(ID, recordOf(1), 0);
    assert.ok(result.outcome === "indeterminate");
    assert.match(result.error.message, /no answer within 1 ms/);
  });

  it("takes any failure of the store for one, too: whoever reads again finds out", async () => {
    const failure = new StitchError("STORE_UNAVAILABLE", "the disk is full");
    driver.failures.push(failure);
    assert.deepEqual(await records.write(ID, recordOf(1), 0), { outcome: "indeterminate", error: failure });
  });

  it("rejects only what can't be stored", async () => {
    const state = { socket: () => undefined };
    await assert.rejects(() => records.write(ID, recordOf(1, { state }), 0), {
      code: "BAD_VALUE",
      message: "record[4][0].socket must be plain data, got a function",
    });
    const large = Buffer.alloc(driver.capabilities.maxValue);
    await assert.rejects(() => records.write(ID, recordOf(1, { state: large }), 0), {
      code: "VALUE_TOO_LARGE",
    });
    assert.equal((await records.write(ID, recordOf(1), 0)).outcome, "written");
  });

  it("asks once for the reads of one turn, and gives each reader its own record", async () => {
    await records.write(ID, recordOf(1), 0);
    driver.gets = 0;
    const [a, b] = await Promise.all([records.read(ID), records.read(ID)]);
    assert.equal(driver.gets, 1);
    assert.deepEqual(a, b);
    assert.notEqual(a?.record.state, b?.record.state);
    await records.read(ID);
    assert.equal(driver.gets, 2, "a later read sees later writes");
  });

  it("rejects the read of what is no record", async () => {
    driver.set(KEY, Buffer.from("rubbish"));
    await assert.rejects(() => records.read(ID), { code: "BAD_RECORD" });
    const written = await records.write(ID, recordOf(1), 0);
    assert.ok(written.outcome === "indeterminate" && /MessagePack|array/.test(written.error.message));
  });

  describe("watch", () => {
    let seen: (readonly [SlotId, StoredRecord | undefined])[];
    const changes = new EventTarget();
    const onChange = (id: SlotId, stored: StoredRecord | undefined): void => {
      seen.push([id, stored]);
      changes.dispatchEvent(new Event("change"));
    };
    const next = (): Promise<unknown> => once(changes, "change");
    beforeEach(() => {
      seen = [];
    });

    it("tells of each slot's record, and of its deletion", async () => {
      await records.watch(onChange);
      const revision = driver.set(KEY, encodeRecord(ID, recordOf(1)));
      await next();
      driver.set(KEY, undefined);
      await next();
      assert.deepEqual(seen, [
        [ID, { record: recordOf(1), revision }],
        [ID, undefined],
      ]);
    });

    it("passes over what is no record, and says so", async () => {
      await records.watch(onChange);
      driver.set("slot/x/0", Buffer.from("rubbish"));
      driver.set("slot/other", undefined);
      driver.set(KEY, encodeRecord(ID, recordOf(1)));
      await next();
      assert.equal(seen.length, 1);
      assert.equal(bad.length, 1);
    });

    it("shares one feed, and ends it with the last watcher", async () => {
      const end = await records.watch(() => assert.fail("it has ended"));
      await records.watch(onChange);
      end();
      driver.set(KEY, encodeRecord(ID, recordOf(1)));
      await next();
      assert.equal(seen.length, 1);
    });

    it("can be tried again where the store isn't there", async () => {
      await driver.close();
      await assert.rejects(() => records.watch(onChange), /closed/);
      await assert.rejects(() => records.watch(onChange), /closed/);
    });
  });
});
