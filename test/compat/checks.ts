/** Named checks that go on after a failure, counted at the end as `N passed, N failed`. */
export class Checks {
  passed = 0;
  failed = 0;

  /** Runs one check; a failure is printed and counted, never thrown. */
  async check(name: string, run: () => unknown): Promise<void> {
    const start = performance.now();
    try {
      await run();
      this.passed += 1;
      console.log(`  ✔ ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      this.failed += 1;
      const text = error instanceof Error ? error.message : String(error);
      console.log(`  ✘ ${name}\n${text.replace(/^/gm, "      ")}`);
    }
  }

  /** The last line of the run; sets the exit code. */
  sumUp(): void {
    console.log(`\n${this.passed} passed, ${this.failed} failed`);
    if (this.failed > 0 || this.passed === 0) process.exitCode = 1;
  }
}

/** Asks again until the answer is there, also an empty one; a timeout fails with `what` and the last reason. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const endMs = performance.now() + timeoutMs;
  let reason = "";
  while (performance.now() < endMs) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
    } catch (error) {
      reason = error instanceof Error ? `: ${error.message}` : `: ${String(error)}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${timeoutMs} ms${reason}`);
}
