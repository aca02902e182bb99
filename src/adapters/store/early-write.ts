import { StitchError } from "../../core/errors.ts";
import type { WriteOptions } from "../../core/record/store-driver.ts";

export interface EarlyWriteSteps {
  /** false: it could not be. */
  readonly publish: () => boolean;
  /** It was published, and then the disk failed. */
  readonly failed: () => void;
  readonly over: () => void;
}

/** One local write that is published as soon as it is decided: a put when it is asked for. */
export class EarlyWrite implements WriteOptions {
  readonly #steps: EarlyWriteSteps;
  /** Others may have it. */
  isOut = false;

  constructor(steps: EarlyWriteSteps) {
    this.#steps = steps;
  }

  readonly onDecided = (): void => {
    this.isOut = this.#steps.publish();
  };

  readonly onAsked = (): void => this.onDecided();

  /** Rejects with `INDETERMINATE` where the write is out and the disk failed: it may come back. */
  async settled<Result>(written: Promise<Result>): Promise<Result> {
    try {
      return await written;
    } catch (cause) {
      if (!this.isOut) throw cause;
      this.#steps.failed();
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new StitchError("INDETERMINATE", `${text}; the mirror has it already`, { cause });
    } finally {
      this.#steps.over();
    }
  }
}
