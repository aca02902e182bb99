import type { Fleet } from "./scenario.ts";

interface Due {
  readonly atMs: number;
  readonly run: (nowMs: number) => void;
}

/** What happens besides messages, in order of time; of the same time, in order of being asked for. */
export class Agenda {
  readonly #due: Due[] = [];

  at(atMs: number, run: (nowMs: number) => void): void {
    let i = this.#due.length;
    while (i > 0 && (this.#due[i - 1] as Due).atMs > atMs) i--;
    this.#due.splice(i, 0, { atMs, run });
  }

  every(stepMs: number, run: (nowMs: number) => void, firstMs: number = stepMs): void {
    this.at(firstMs, (nowMs) => {
      run(nowMs);
      this.every(stepMs, run, nowMs + stepMs);
    });
  }

  runUntil(atMs: number): void {
    while (this.#due.length > 0 && (this.#due[0] as Due).atMs <= atMs) {
      const next = this.#due.shift() as Due;
      next.run(next.atMs);
    }
  }
}

/** Plays a fleet's messages, and what the agenda holds between them. */
export function play(fleet: Fleet, agenda: Agenda, message: (slot: number, atMs: number) => void): void {
  for (let i = 0; i < fleet.atMs.length; i++) {
    const atMs = fleet.atMs[i] as number;
    agenda.runUntil(atMs);
    message(fleet.slotOf[i] as number, atMs);
  }
  agenda.runUntil(fleet.durationMs);
}
