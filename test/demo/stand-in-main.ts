/** `npm start` with core nodes in place of the palette's, for tests that end it from outside. */
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";
import { standInGateway, standInHost } from "./stand-in-flows.ts";

const interrupted = new AbortController();
process.on("SIGINT", () => interrupted.abort());
const { report } = await runDemo({
  options: parseOptions(process.argv.slice(2)),
  print: (line) => void process.stdout.write(`${line}\n`),
  signal: interrupted.signal,
  examples: { gateway: standInGateway, host: standInHost },
});
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
