/** What `npm start` runs: parses the command line, runs the whole job, sets the exit code. */
import { interruption } from "./interruption.ts";
import { helpText, parseOptions, UsageError } from "./options.ts";
import { runDemo } from "./run.ts";

const BAD_USAGE = 2;

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(helpText);
    return 0;
  }
  const print = (line: string): void => console.log(line);
  const signal = interruption(print);
  try {
    const { report, isKept } = await runDemo({ options, signal, print });
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
