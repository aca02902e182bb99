/** `npm run mutants`: which rule of the protocol is kept where, and how many schedules it takes to notice that it is not. */
import { SOURCE_MUTANTS } from "./source-mutants.ts";
import { schedulesToCatch } from "./to-catch.ts";

const MOST = 2000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say("| rule | mutant | plan | schedules |");
say("| --- | --- | --- | --- |");
for (const [name, mutant] of Object.entries(SOURCE_MUTANTS)) {
  const caught = await schedulesToCatch(name, mutant, MOST);
  say(`| ${mutant.rule} | ${name} in ${mutant.file} | ${mutant.plan} | ${caught ?? `survived ${MOST}`} |`);
}
