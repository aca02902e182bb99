import type { Millis } from "../../ports.ts";

/** Phases of a day: half hours, so that the array of a session stays small. */
const PHASES = 48;
const PHASE_MS: Millis = 86_400_000 / PHASES;
/** Codes per unit of log1p: a step is 10 %. */
const PER_UNIT = 10;
const MOST = 255;
/** Share of a new mean in what was known of its phase. */
const NEWEST = 0.25;

/** The mean size of a session's messages by the time of the day (UTC), a byte each: frames are larger by daylight. */
export class DaySizes {
  /** 0: nothing is known. */
  readonly codes: Uint8Array = new Uint8Array(PHASES);

  add(atMs: Millis, meanBytes: number): void {
    const phase = phaseOf(atMs);
    const said = Math.min(MOST, PER_UNIT * Math.log1p(meanBytes));
    const before = this.codes[phase] as number;
    const next = before === 0 ? said : before + NEWEST * (said - before);
    // Away from what it was, or a code would never take its last steps.
    this.codes[phase] = said > before ? Math.ceil(next - 0.5) : Math.floor(next + 0.5);
  }

  /** Of that time of the day, else of the latest one before it; 1 where nothing is known. */
  at(atMs: Millis): number {
    for (let back = 0, phase = phaseOf(atMs); back < PHASES; back++) {
      const code = this.codes[(phase + PHASES - back) % PHASES] as number;
      if (code > 0) return Math.expm1(code / PER_UNIT);
    }
    return 1;
  }
}

function phaseOf(atMs: Millis): number {
  return Math.floor(atMs / PHASE_MS) % PHASES;
}
