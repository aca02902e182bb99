/** Runs of earlier reports (`--json`), so that a figure of many seeds can be made in pieces. */
import { readFileSync } from "node:fs";

/** Throws RangeError that names the file. */
export function earlierRuns<Run>(files: readonly string[], isRun: (run: unknown) => run is Run): Run[] {
  return files.flatMap((file) => {
    const { runs } = JSON.parse(readFileSync(file, "utf8")) as { readonly runs?: unknown };
    if (!Array.isArray(runs) || !runs.every(isRun))
      throw new RangeError(`--with must be reports of bench:live --json, got ${file}`);
    return runs;
  });
}
