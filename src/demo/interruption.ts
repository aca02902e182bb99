/** The first Ctrl-C (or SIGTERM) ends the run in good order; the second one at once. */
export function interruption(print: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(1);
    print("\nending…");
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
