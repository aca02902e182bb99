/** Series that break forecasters, by name; NaN: missing. */
const { NaN: NONE, POSITIVE_INFINITY: INFINITE } = Number;

const of = (at: (i: number) => number, length = 300): Float64Array =>
  Float64Array.from({ length }, (_, i) => at(i));
export const EDGE_CORPUS: Readonly<Record<string, Float64Array>> = {
  constant: of(() => 7),
  step: of((i) => (i < 150 ? 1 : 1000)),
  ramp: of((i) => i),
  "single spike": of((i) => (i === 200 ? 1e6 : 1)),
  "all zero": of(() => 0),
  alternating: of((i) => (i % 2) * 10),
  "all missing": of(() => NONE),
  "missing here and there": of((i) => (i % 7 === 3 ? NONE : i % 5)),
  "infinite here and there": of((i) => (i % 50 === 7 ? INFINITE : i % 5)),
  "infinite both ways, beside missing ones": of((i) => [INFINITE, -INFINITE, NONE, i % 5][i % 4] as number),
  "huge values": of((i) => (i % 3) * 1e300),
  "tiny values": of((i) => (i % 3) * 1e-300),
  "a huge gap": of((i) => (i > 20 && i < 280 ? NONE : i % 5)),
  ...Object.fromEntries(
    Array.from({ length: 11 }, (_, k) => [`${k + 1} points`, of((i) => i % 3, k + 1)] as const),
  ),
};
