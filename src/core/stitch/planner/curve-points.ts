import type { Curve, SessionProfile } from "../../forecast/session-profile.ts";
import type { Millis } from "../../ports.ts";

/** Points ahead that a profile is read for at once: those of a step, and of the steps until the next profile comes. */
export const GRID = 12;
/** Of which a step looks at so many. */
const LOOKED_AT = 6;
/** Messages' medians and uppers, then those of bytes. */
const CELLS: number = 4 * GRID;

export interface GridStep {
  readonly slots: number;
  readonly nowMs: Millis;
  readonly pointMs: Millis;
  /** Some host is limited by bytes: their curves are read too. */
  readonly isByBytes: boolean;
}

/**
 * Forecast curves resampled to the planner's points, an interval's highest step each. Points lie on a grid of the clock, so a
 * profile is read once, when it is new: later steps look at the same points from further along.
 */
export class CurvePoints {
  points: Float64Array = new Float64Array(0);
  #profiles: (SessionProfile | undefined)[] = [];
  /** Grid index of each slot's first point. */
  #origins = new Float64Array(0);
  #pointMs: Millis = 0;
  #isByBytes = false;
  #now = 0;

  begin({ slots, nowMs, pointMs, isByBytes }: GridStep): void {
    this.#now = Math.floor(nowMs / pointMs);
    const isSame = pointMs === this.#pointMs && isByBytes === this.#isByBytes;
    if (isSame && slots <= this.#origins.length) {
      // A profile is not kept alive by a slot that is gone.
      this.#profiles.length = Math.min(this.#profiles.length, slots);
      return;
    }
    this.#pointMs = pointMs;
    this.#isByBytes = isByBytes;
    this.#profiles = [];
    this.#origins = new Float64Array(slots);
    this.points = new Float64Array(slots * CELLS);
  }

  /** Reads the profile of a slot, by its index, where it is another than before; whether its forecast may be trusted. */
  see(slot: number, profile: SessionProfile): boolean {
    if (this.#profiles[slot] === profile && this.#reach(slot) >= LOOKED_AT) return true;
    this.#profiles[slot] = undefined;
    if (!(profile.model.skill > 0)) return false;
    this.#profiles[slot] = profile;
    this.#origins[slot] = this.#now;
    const at = slot * CELLS;
    this.#read(profile.messages, at, profile);
    if (this.#isByBytes) this.#read(profile.bytes, at + 2 * GRID, profile);
    return true;
  }

  /** Points left ahead. */
  #reach(slot: number): number {
    return GRID - (this.#now - (this.#origins[slot] as number));
  }

  /** Index in `points` of the first of a slot's medians of messages/s; its upper bounds are `GRID` further on. */
  messages(slot: number): number {
    return slot * CELLS + this.#now - (this.#origins[slot] as number);
  }

  /** …and of bytes/s. */
  bytes(slot: number): number {
    return this.messages(slot) + 2 * GRID;
  }

  #read({ median, upper }: Curve, at: number, { atMs, stepMs }: SessionProfile): void {
    const perPoint = this.#pointMs / stepMs;
    const start = (this.#now * this.#pointMs - atMs) / stepMs;
    for (let point = 0; point < GRID; point++) {
      const from = start + point * perPoint;
      const end = Math.min(upper.length, Math.ceil(from + perPoint));
      let middle = 0;
      let most = 0;
      for (let i = Math.max(0, Math.floor(from)); i < end; i++) {
        middle = Math.max(middle, median[i] as number);
        most = Math.max(most, upper[i] as number);
      }
      this.points[at + point] = middle;
      this.points[at + GRID + point] = most;
    }
  }
}
