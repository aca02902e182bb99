/**
 * What this process holds after a collection of garbage. Not its resident set: of that the system takes back what was
 * freed when it likes.
 */
export function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
