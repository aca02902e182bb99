/** `npm run test:faults -- --store [--long]`: real processes and real faults; ends with "N passed, N failed". */
import { parseArgs } from "node:util";
import { storeFaults } from "./store.ts";

const { values } = parseArgs({
  options: {
    store: { type: "boolean" },
    long: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (!values.store) throw new RangeError("one of --store must be given");
const { passed, failed } = await storeFaults({ isLong: values.long, only: values.only, say });
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
