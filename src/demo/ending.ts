import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Ends what was started, last first, whatever fails on the way. */
export class Ending {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) {
      try {
        await step();
      } catch {
        // The rest must end all the same.
      }
    }
  }
}

/** A folder for the run, gone when the process is, even by process.exit(). */
export function temporaryFolder(ending: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), "session-stitching-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", remove);
  ending.add(() => {
    remove();
    process.off("exit", remove);
  });
  return folder;
}
