import { setPriority } from "node:os";

/** Of nice values, the one that yields to everything else. */
export const LOWEST_PRIORITY = 19;

/** Linux gives each thread a priority; elsewhere this would slow the whole gateway down. */
export function lowerPriority(to: number): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(to);
  } catch {
    // Forbidden in some containers: the thread then competes as an equal, within its budget.
  }
}
