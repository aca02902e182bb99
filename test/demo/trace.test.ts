import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { StitchError } from "../../src/core/errors.ts";
import type { Due } from "../../src/demo/devices.ts";
import { readTrace, readTraces, replay, type TraceRow, traceRow } from "../../src/demo/trace.ts";

const header = "ts,device,channel,bytes,kind,label";

async function* rowsOf(rows: readonly Partial<TraceRow>[]): AsyncGenerator<TraceRow> {
  for (const row of rows) yield { ts: 0, device: "d", channel: "c", bytes: 1, kind: "json", ...row };
}

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("readTrace", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "trace-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = (content: string | Buffer, name = "t.csv"): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const all = async (path: string): Promise<TraceRow[]> => listOf(readTrace(path));
  const refusal = async (path: string): Promise<string> => {
    const error: unknown = await all(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof StitchError && error.code === "BAD_TRACE", String(error));
    return error.message.replace(folder, "").slice(1);
  };

  const good = `${header}\n1.5,cam,"view, left",300,binary,\n2,door,event,48,json,OPEN\n`;
  const expected = [
    { ts: 1.5, device: "cam", channel: "view, left", bytes: 300, kind: "binary" },
    { ts: 2, device: "door", channel: "event", bytes: 48, kind: "json" },
  ];

  it("reads .csv and .csv.gz, with a byte order mark, Windows line ends, and without labels", async () => {
    assert.deepEqual(await all(file(good)), expected);
    assert.deepEqual(await all(file(gzipSync(good), "t.csv.gz")), expected);
    assert.deepEqual(await all(file(`\ufeff${good.replaceAll("\n", "\r\n")}`)), expected);
    assert.deepEqual(
      await all(file("ts,device,channel,bytes,kind\n2,door,event,48,json\n")),
      expected.slice(1),
    );
  });

  it("names file, line, field and value of what is wrong", async () => {
    assert.equal(await refusal(join(folder, "none.csv")), "none.csv: no such file");
    assert.equal(
      await refusal(file("")),
      't.csv, line 1: columns must be ts, device, channel, bytes, kind, label, got ""',
    );
    assert.match(
      await refusal(file("time,what\n1,2\n")),
      /^t\.csv, line 1: columns must be .*, got "time,what"$/u,
    );
    assert.equal(
      await refusal(file(`${good}x,d,c,1,json,\n`)),
      't.csv, line 4: ts must be a number of seconds from 0 to 1000000000000, got "x"',
    );
    assert.equal(
      await refusal(file(`${header}\n1,d,c,-4,json,\n`)),
      't.csv, line 2: bytes must be a number of bytes from 0 to 16777216, got "-4"',
    );
    assert.equal(
      await refusal(file(`${header}\n1,,c,4,json,\n`)),
      't.csv, line 2: device must have 1 to 1000 characters, got ""',
    );
    assert.equal(
      await refusal(file(`${header}\n1,d\n`)),
      "t.csv, line 2: expected the 6 columns ts, device, channel, bytes, kind, label, got 2 fields",
    );
  });

  it("names the first line at fault even if the rest is no CSV at all", async () => {
    assert.match(await refusal(file('# Data\n\n| a | "b" x\n')), /^t\.csv, line 1: columns must be/u);
  });

  it("says of a file that is something else that it is not a readable CSV", async () => {
    assert.match(await refusal(file("not gzip", "t.csv.gz")), /not a readable CSV: incorrect header check$/u);
    assert.match(
      await refusal(file(gzipSync(good).subarray(0, 40), "t.csv.gz")),
      /not a readable CSV: unexpected end of file$/u,
    );
    assert.match(await refusal(file(`${header}\n1,"d,c,1,json,\n`)), /not a readable CSV: Quote Not Closed/u);
    assert.match(await refusal(folder), /not a readable CSV: EISDIR/u);
  });

  it("takes several files as one, in turn", async () => {
    const rows = await listOf(readTraces([file(good, "a.csv"), file(good, "b.csv")]));
    assert.equal(rows.length, 4);
  });

  it("throws nothing but BAD_TRACE, whatever a line holds", () => {
    const field = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("NaN", "1e999", "-1", "__proto__", "x".repeat(10_000)),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        try {
          const { ts, bytes } = traceRow({ file: "t.csv", line: 2 }, fields);
          assert.ok(ts >= 0 && Number.isInteger(bytes) && bytes >= 0);
        } catch (error) {
          assert.ok(error instanceof StitchError && error.code === "BAD_TRACE");
          assert.ok(error.message.length < 300);
        }
      }),
    );
  });
});

describe("replay", () => {
  const drained = (next: () => Due | undefined): Due[] => {
    const all: Due[] = [];
    for (let due = next(); due; due = next()) all.push(due);
    return all;
  };

  it("starts each device at its own first row, as many times faster as told", async () => {
    const rows = rowsOf([
      { ts: 1_000 },
      { ts: 5_000_000, device: "late" },
      { ts: 1_060 },
      { ts: 5_000_600, device: "late" },
    ]);
    const sources = await replay(rows, { speed: 60, untilMs: Number.POSITIVE_INFINITY });
    const times = sources.map((source) => [
      source.device,
      ...drained(() => source.next()).map(({ dueMs }) => dueMs),
    ]);
    assert.deepEqual(times, [
      ["d", 0, 1_000],
      ["late", 0, 10_000],
    ]);
  });

  it("keeps only what is due within the run", async () => {
    const sources = await replay(rowsOf([{ ts: 0 }, { ts: 9 }, { ts: 11 }]), { speed: 1, untilMs: 10_000 });
    assert.equal(sources.flatMap((source) => drained(() => source.next())).length, 2);
  });

  it("keeps every row of every device, in order of time", async () => {
    const row = fc.record({
      ts: fc.double({ min: 0, max: 1e6, noNaN: true }),
      device: fc.constantFrom("a", "b", "__proto__"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row), async (rows) => {
        const sources = await replay(rowsOf(rows), { speed: 10, untilMs: Number.POSITIVE_INFINITY });
        const due = sources.map((source) => drained(() => source.next()).map(({ dueMs }) => dueMs));
        assert.equal(due.flat().length, rows.length);
        for (const times of due) {
          assert.ok(times.every((time, i) => time >= (times[i - 1] ?? 0)));
          assert.equal(times[0], 0);
        }
      }),
    );
  });
});
