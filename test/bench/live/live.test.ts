import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { readExample } from "../../../src/demo/flows.ts";
import { calibrate, workingHost } from "./host-work.ts";
import { simulate } from "./simulated.ts";

describe("bench:live", () => {
  /** The work node's function as Node-RED runs it; timers are collected, not waited for. */
  function worker(cost: { costMs: number; cpuMs: number; roundsPerMs: number }) {
    const flow = workingHost(readExample("3-mqtt-host"), cost);
    const func = String(flow.find(({ name }) => name === "work")?.["func"]);
    const kept = new Map<string, unknown>();
    const waits: number[] = [];
    const sent: unknown[] = [];
    const globals = {
      context: {
        get: (key: string) => kept.get(key),
        set: (key: string, value: unknown) => kept.set(key, value),
      },
      node: { send: (msg: unknown) => sent.push(msg), done: () => undefined },
      setTimeout: (act: () => void, ms: number) => {
        waits.push(ms);
        act();
      },
      Date: { now: () => 1000 },
    };
    const run = runInNewContext(`(msg) => {${func}\n}`, globals) as (msg: object) => unknown;
    return { run, waits, sent };
  }

  it("occupies a host's only worker for a message's cost, one message after the other", () => {
    const { run, waits, sent } = worker({ costMs: 10, cpuMs: 2, roundsPerMs: 10 });
    for (const n of [1, 2, 3]) assert.equal(run({ n }), null);
    assert.deepEqual(waits, [10, 20, 30]);
    assert.equal(sent.length, 3);
  });

  it("hands a message on at once where all of its cost is the processor's", () => {
    const msg = { n: 1 };
    const { run, waits } = worker({ costMs: 10, cpuMs: 10, roundsPerMs: 10 });
    assert.equal(run(msg), msg);
    assert.deepEqual(waits, []);
  });

  it("works for as long as it was calibrated, in processor time", () => {
    const { run } = worker({ costMs: 40, cpuMs: 40, roundsPerMs: calibrate() });
    run({});
    const before = process.cpuUsage();
    for (let i = 0; i < 5; i++) run({});
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    assert.ok(ms > 100 && ms < 800, `${ms} ms for 200`);
  });

  it("has the same fleet in simulation, where stitching leaves less overload than static sessions", () => {
    const outcomes = simulate({ seed: 1, seconds: 75, hosts: 3, perSec: 100 }, ["static", "reactive"]);
    const [fixed, stitched] = [outcomes.get("static"), outcomes.get("reactive")];
    assert.ok(fixed && stitched && fixed.overloadSec > stitched.overloadSec, JSON.stringify([...outcomes]));
    assert.ok(fixed.p99Ms > stitched.p99Ms);
  });
});
