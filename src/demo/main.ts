/** What `npm start` runs: parses the command line, runs the whole job, sets the exit code. */
import { helpText, parseOptions, UsageError } from "./options.ts";
import { runDemo } from "./run.ts";

const BAD_USAGE = 2;

/** The first Ctrl-C (or SIGTERM) ends the run in good order; the second one at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(1);
    console.log("\nending…");
    controller.abort();
  };
  // A closed terminal is a hang-up: nobody reads on, but everything must end.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, interrupt);
  whenOrphaned(interrupt);
  return controller.signal;
}

/**
 * A SIGTERM that reaches npm ends the shell between npm and this process, but not this process: notice that the
 * shell is gone. Only under npm: whoever starts this file in the background may well go away.
 */
function whenOrphaned(act: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    act();
  }, 500);
  timer.unref();
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(helpText);
    return 0;
  }
  const signal = interruption();
  try {
    const { report, isKept } = await runDemo({ options, signal, print: (line) => console.log(line) });
    console.log(JSON.stringify(report, undefined, 2));
    return isKept || (signal.aborted && report.sent === 0) ? 0 : 1;
  } catch (error) {
    // Interrupted while starting: what was asked for.
    if (signal.aborted) return 0;
    throw error;
  }
}

// process.exit, not exitCode: nothing that might still hold the loop may keep the terminal.
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(error instanceof UsageError ? BAD_USAGE : 1);
  },
);
