/** Seasons tried side by side: one a tier. */
export const CANDIDATES = 2;
/** Steps left of the window; then what the plain forecast and each season said. */
const WINDOW: number = 2 + CANDIDATES;
/** Of a candidate: windows judged, the plain forecast's error and its own. */
const EACH = 3;
/** Cells that a Trial takes. */
export const TRIAL_CELLS: number = WINDOW + CANDIDATES * EACH;

/** Windows in which a season must have said something else than the plain forecast did. */
const LEAST_WINDOWS = 4;
/** Windows of memory: of a device that is busy by day, a week's mornings and evenings. */
const MEMORY = 50;
/** How far it must be off the plain forecast to have said something else. */
const OTHER = 0.05;
const GAIN = 0.05;

/**
 * Whether a season, carried into a fine forecast, makes it better: windows of a horizon follow one another, and at each
 * one's end what came is held against what both forecasts had said of it. A season that shows in the coarse bins alone
 * may tell the next minutes wrongly.
 */
export class Trial {
  readonly #cells: Float32Array;
  readonly #from: number;

  /** Takes TRIAL_CELLS of the cells, from `from` on. */
  constructor(cells: Float32Array, from: number) {
    this.#cells = cells;
    this.#from = from;
  }

  get isRunning(): boolean {
    return (this.#cells[this.#from] as number) > 0;
  }

  /** What is said of the last of the next `steps`; NaN: nothing is. */
  start(steps: number, plain: number, said: readonly number[]): void {
    this.#cells[this.#from] = steps;
    this.#cells[this.#from + 1] = plain;
    for (let i = 0; i < CANDIDATES; i++) this.#cells[this.#from + 2 + i] = said[i] ?? Number.NaN;
  }

  /** A step came. */
  add(value: number): void {
    if (!this.isRunning) return;
    this.#cells[this.#from] = (this.#cells[this.#from] as number) - 1;
    if (!this.isRunning) this.#judge(value);
  }

  /** Nobody saw what came. */
  stop(): void {
    this.#cells[this.#from] = 0;
  }

  /** A candidate's error ÷ the plain forecast's; undefined: it has not proved itself. */
  ratio(candidate: number): number | undefined {
    const at = this.#from + WINDOW + candidate * EACH;
    const [count, plain, own] = [this.#cells[at], this.#cells[at + 1], this.#cells[at + 2]];
    if ((count as number) < LEAST_WINDOWS || !((plain as number) > 0)) return undefined;
    const ratio = (own as number) / (plain as number);
    return ratio <= 1 - GAIN ? ratio : undefined;
  }

  #judge(value: number): void {
    const plain = this.#cells[this.#from + 1] as number;
    for (let i = 0; i < CANDIDATES; i++) {
      const own = this.#cells[this.#from + 2 + i] as number;
      // NaN: nothing was said, nothing is judged.
      if (!(Math.abs(own - plain) > OTHER * Math.max(plain, own))) continue;
      const at = this.#from + WINDOW + i * EACH;
      const count = (this.#cells[at] as number) + 1;
      const share = Math.max(1 / count, 1 / MEMORY);
      this.#cells[at] = count;
      this.#learn(at + 1, share, Math.abs(value - plain));
      this.#learn(at + 2, share, Math.abs(value - own));
    }
  }

  #learn(cell: number, share: number, error: number): void {
    const before = this.#cells[cell] as number;
    this.#cells[cell] = before + share * (error - before);
  }
}
