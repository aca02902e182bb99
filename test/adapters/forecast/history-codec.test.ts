import assert from "node:assert/strict";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { decodeHistory, encodeHistory } from "../../../src/adapters/forecast/history-codec.ts";

const values = fc.float64Array({ maxLength: 512, noNaN: false });
const finite = (all: Float64Array): Float64Array =>
  all.map((value) => (Number.isFinite(value) ? value : Number.NaN));

describe("kept histories as bytes", () => {
  it("come back as they were; what isn't finite is missing", () => {
    fc.assert(
      fc.property(fc.nat(), values, values, (end, messages, bytes) => {
        const kept = { stepMs: 1000, end, series: [messages, bytes] };
        assert.deepEqual(decodeHistory(encodeHistory(kept, 8)), {
          ...kept,
          series: [messages, bytes].map(finite),
        });
      }),
      { numRuns: 50 },
    );
  });

  it("take half the room with seven digits", () => {
    const series = [Float64Array.of(1, 1234567, Number.NaN), Float64Array.of(0.1)];
    const read = decodeHistory(encodeHistory({ stepMs: 1, end: 3, series }, 4));
    assert.deepEqual(read?.series[0], series[0]);
    assert.ok(Math.abs((read?.series[1]?.[0] ?? 0) - 0.1) < 1e-7);
  });

  it("keep the latest 512 values", () => {
    const series = [Float64Array.from({ length: 600 }, (_, i) => i)];
    const [read] = decodeHistory(encodeHistory({ stepMs: 1, end: 600, series }, 4))?.series ?? [];
    assert.deepEqual([read?.length, read?.[0], read?.at(-1)], [512, 88, 599]);
  });

  const codes = fc.uint8Array({ maxLength: 60 });
  const tier = fc.record({ binMs: fc.nat(), end: fc.nat(), codes }, { noNullPrototype: true });
  it("of sessions come back with their coarse history", () => {
    const gauges = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(tier, { maxLength: 2 }), gauges, fc.boolean(), (tiers, all, isPeriodic) => {
        const coarse = { tiers, sizes: Uint8Array.of(1, 2), gauges: Float32Array.from(all) };
        const kept = {
          stepMs: 1000,
          end: 5,
          series: [Float64Array.of(1), Float64Array.of(2)],
          coarse,
          isPeriodic,
        };
        assert.deepEqual(decodeHistory(encodeHistory(kept, 4)), kept);
      }),
      { numRuns: 50 },
    );
  });

  it("are nothing where a store holds something else", () => {
    const bytes = new Uint8Array(8);
    const broken = [
      [2, 1000, 5, 8, [bytes]],
      [3, 1000, 5, 8, [bytes], false, [], bytes, bytes],
      [2, 1000, 5, 8, [bytes], false, [], bytes],
      [2, 1000, 5, 8, [bytes], false, [], bytes, new Uint8Array(300)],
      [2, 1000, 5, 8, [bytes], false, [[60_000, 5, new Uint8Array(5000)]], bytes, bytes],
      [2, 1000, 5, 8, [bytes], false, [[60_000, "5", bytes]], bytes, bytes],
      [2, 1000, 5, 8, [bytes], false, [], new Uint8Array(Float32Array.of(Number.NaN).buffer), bytes],
      [2, 1000, 5, 8, [bytes], false, [], new Uint8Array(7), bytes],
      [1, "1000", 5, 8, [bytes]],
      [1, 1000, 5.5, 8, [bytes]],
      [1, 1000, 5, 2, [bytes]],
      [1, 1000, 5, 8, [bytes, bytes, bytes]],
      [1, 1000, 5, 8, [new Uint8Array(7)]],
      [1, 1000, 5, 4, [new Uint8Array(4 * 513)]],
      [1, 1000, 5, 8, ["12345678"]],
      { 0: 1 },
      null,
    ].map((fields) => encode(fields));
    for (const stored of broken) assert.equal(decodeHistory(stored), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (stored) => {
        const read = decodeHistory(stored);
        assert.ok(read === undefined || Array.isArray(read.series));
      }),
    );
  });
});
