/** What a message costs a host: real work of the processor, as much for each, measured once at the start. */
import { runInNewContext } from "node:vm";
import type { FlowNode } from "../../../src/demo/flows.ts";

/** An integer hash (Chris Wellons' lowbias32), over and over; text, since it runs in the host's function node. */
const WORK = `
let hash = 1;
for (let i = 0; i < rounds; i++) {
    hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad) + i | 0;
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
}`;
const TRIAL_ROUNDS = 200_000;
const TRIALS = 15;

/** As in a function node: in a context of its own. */
export function compileWork(): (rounds: number) => number {
  return runInNewContext(`(rounds) => {${WORK}\nreturn hash;}`);
}

/** Rounds per ms of processor time, not of the clock: others may want the processor too. The fastest trial counts. */
export function calibrate(): number {
  const work = compileWork();
  work(TRIAL_ROUNDS);
  let best = 0;
  for (let i = 0; i < TRIALS; i++) {
    const before = process.cpuUsage();
    work(TRIAL_ROUNDS);
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (TRIAL_ROUNDS * 1000) / (user + system));
  }
  return best;
}

export interface MessageCost {
  /** What a message occupies its host's only worker for. */
  readonly costMs: number;
  /** Of that, work of the processor; the rest is waited for, as for a database. */
  readonly cpuMs: number;
  readonly roundsPerMs: number;
}

/** The host's flow with real work of the processor in the place of mere waiting. */
export function workingHost(example: readonly FlowNode[], cost: MessageCost): FlowNode[] {
  const work = example.find(({ type, name }) => type === "function" && name === "work");
  if (!work) throw new Error('the host example must have a function node "work"');
  const rounds = Math.round(cost.cpuMs * cost.roundsPerMs);
  const func = `const free = Math.max(Date.now(), context.get("free") || 0) + ${cost.costMs};
context.set("free", free);
const rounds = ${rounds};${WORK}
context.set("hash", hash);
setTimeout(() => {
    node.send(msg);
    node.done();
}, free - Date.now());
return null;`;
  const pure = `const rounds = ${rounds};${WORK}\ncontext.set("hash", hash);\nreturn msg;`;
  const whole = cost.cpuMs >= cost.costMs;
  return example.map((node) => (node === work ? { ...work, func: whole ? pure : func } : node));
}
