import { withChange } from "./changed-source.ts";
import type * as unchanged from "./play.ts";
import type { SourceMutant } from "./source-mutants.ts";

/** How many schedules it takes until one fails; undefined: none of `most` does. */
export async function schedulesToCatch(
  name: string,
  mutant: SourceMutant,
  most: number,
): Promise<number | undefined> {
  const { playAny } = await withChange<typeof unchanged>(name, mutant, "play.ts");
  for (let seed = 1; seed <= most; seed++) {
    const isCaught = await playAny(seed, mutant.plan).then(
      () => false,
      () => true,
    );
    if (isCaught) return seed;
  }
  return undefined;
}
