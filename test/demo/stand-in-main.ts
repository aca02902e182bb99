/** `npm start` with core nodes in place of the palette's, for tests that end it from outside. */
import { interruption } from "../../src/demo/interruption.ts";
import { parseOptions } from "../../src/demo/options.ts";
import { runDemo } from "../../src/demo/run.ts";
import { standInGateway, standInHost } from "./stand-in-flows.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { report } = await runDemo({
  options: parseOptions(process.argv.slice(2)),
  print,
  lineMs: 500,
  signal: interruption(print),
  examples: { gateway: standInGateway, host: standInHost },
});
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
