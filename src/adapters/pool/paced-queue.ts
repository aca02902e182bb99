import type { Clock, Millis } from "../../core/ports.ts";

/** Of one turn of the event loop, at most so much at a stretch. */
const TURN_MS = 5;
/** Carried out and not yet let go. */
const MOST_DONE = 1024;

/**
 * Carries commands out in the order they were given, also when one of them brings the next about. Where that takes long
 * (a backlog meets a synchronous flow) the rest waits for the next turn: answers of the store come in between, and the
 * first outputs need not wait for the last message.
 */
export class PacedQueue<Command> {
  readonly #clock: Clock;
  readonly #run: (command: Command) => void;
  readonly #commands: Command[] = [];
  #next = 0;
  #isRunning = false;
  #turn: NodeJS.Immediate | undefined;
  #untilMs: Millis = 0;

  constructor(clock: Clock, run: (command: Command) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  add(commands: readonly Command[]): void {
    for (const command of commands) this.#commands.push(command);
    if (this.#isRunning) return;
    if (!this.#turn) {
      this.#untilMs = this.#clock.now() + TURN_MS;
      this.#turn = setImmediate(() => this.#nextTurn());
    }
    this.#carryOut(this.#untilMs);
  }

  /** All that is left, now. */
  flush(): void {
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = undefined;
    if (!this.#isRunning) this.#carryOut(Number.POSITIVE_INFINITY);
  }

  #nextTurn(): void {
    this.#turn = undefined;
    if (this.#commands.length > 0) this.add([]);
  }

  #carryOut(untilMs: Millis): void {
    const commands = this.#commands;
    this.#isRunning = true;
    try {
      while (this.#next < commands.length && this.#clock.now() < untilMs)
        this.#run(commands[this.#next++] as Command);
    } finally {
      this.#isRunning = false;
      if (this.#next === commands.length || this.#next > MOST_DONE) {
        commands.splice(0, this.#next);
        this.#next = 0;
      }
    }
  }
}
