import { Balancer } from "../../../src/core/route/balancer.ts";
import { pickOfTwo } from "../../../src/core/route/p2c.ts";
import { rendezvous } from "../../../src/core/route/weighted-rendezvous.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { Measure } from "./measure.ts";
import type { Scenario } from "./scenario.ts";
import { type Queued, SimHost } from "./sim-host.ts";
import { Agenda, play } from "./timeline.ts";

/** Time after which a message to a host that is down counts as failed and goes to another. */
const CONNECT_MS = 100;

/** What the policies without a plan have in common. */
export function arena(scenario: Scenario, onDone?: (host: number, entry: Queued) => void) {
  const measure = new Measure(scenario.warmUpMs);
  const agenda = new Agenda();
  const hosts = scenario.hosts.map(
    (spec, i) => new SimHost(spec, measure, onDone && ((it) => onDone(i, it))),
  );
  agenda.every(1000, (nowMs) => {
    for (const host of hosts) {
      host.settle(nowMs);
      host.sample(nowMs);
    }
  });
  return { measure, agenda, hosts };
}

/** Each session hashed to a host for good; a host that is down gets its messages when it is back. */
export function playStatic(scenario: Scenario): Measure {
  const { fleet, crash } = scenario;
  const { measure, agenda, hosts } = arena(scenario);
  const weighted = scenario.hosts.map(({ host }) => ({ host, weight: 1 }));
  const ownerOf = fleet.sessions.map(({ id }) => {
    const owner = rendezvous(id, weighted);
    return hosts.find(({ spec }) => spec.host === owner) as SimHost;
  });
  if (crash)
    agenda.at(crash.fromMs, (nowMs) => {
      const host = hosts.find(({ spec }) => spec.host === crash.host);
      for (const { slot, arrivedMs } of host?.crash(nowMs, crash.untilMs) ?? [])
        host?.take(slot, arrivedMs, nowMs, 1);
    });
  play(fleet, agenda, (slot, atMs) => ownerOf[fleet.sessionOf[slot] as number]?.take(slot, atMs, atMs, 1));
  for (const host of hosts) host.finish();
  return measure;
}

export interface PerMessage {
  /**
   * "least-connections": the host with the fewest messages under way, of all. "least-request": of two drawn by chance
   * that with the fewer (Envoy's `LEAST_REQUEST` with equal weights, choice_count 2). "p2c": of two by peak EWMA.
   */
  readonly balance: "least-connections" | "least-request" | "p2c";
  /** Of a message's cost, for the state that it has to fetch and put back. */
  readonly stateCost: number;
  readonly seed: number;
}

/** Each message by itself to a host; whatever that does to the session's state and to the order of its messages. */
export function playPerMessage(scenario: Scenario, { balance, stateCost, seed }: PerMessage): Measure {
  const { fleet, crash } = scenario;
  const names = scenario.hosts.map(({ host }) => host);
  const random = seededRandom(seed);
  const balancer = new Balancer({ hosts: names, balance: "p2c", random });
  const { measure, agenda, hosts } = arena(scenario, (host, { arrivedMs, doneMs }) => {
    balancer.feedback({ host: names[host] as string, latencyMs: doneMs - arrivedMs, failed: false }, doneMs);
  });
  const lastDoneMs = new Float64Array(fleet.slots);
  const least = (): number => {
    const from = Math.floor(random.next() * hosts.length);
    let best = from;
    for (let i = 1; i < hosts.length; i++) {
      const at = (from + i) % hosts.length;
      if ((hosts[at] as SimHost).pending < (hosts[best] as SimHost).pending) best = at;
    }
    return best;
  };
  const all = hosts.map((_, i) => i);
  const pending = (i: number): number => hosts[i]?.pending ?? 0;
  const pick = (nowMs: number): number => {
    if (balance === "p2c") return balancer.pick(nowMs);
    return balance === "least-request" ? pickOfTwo(all, pending, random) : least();
  };
  const send = (slot: number, arrivedMs: number, nowMs: number): void => {
    for (const host of hosts) host.settle(nowMs);
    const up = hosts.findIndex((host) => !host.isDown(nowMs));
    let index = pick(nowMs);
    if (balance !== "p2c" && hosts[index]?.isDown(nowMs)) index = up;
    const host = hosts[index] as SimHost;
    if (host.isDown(nowMs)) {
      balancer.feedback({ host: names[index] as string, failed: true }, nowMs);
      agenda.at(nowMs + CONNECT_MS, (atMs) => send(slot, arrivedMs, atMs));
      return;
    }
    const doneMs = host.take(slot, arrivedMs, nowMs, 1 + stateCost);
    if (measure.isOn(arrivedMs) && doneMs < (lastDoneMs[slot] as number)) measure.reordered++;
    lastDoneMs[slot] = Math.max(doneMs, lastDoneMs[slot] as number);
  };
  if (crash)
    agenda.at(crash.fromMs, (nowMs) => {
      const host = hosts.find(({ spec }) => spec.host === crash.host);
      measure.dropped += host?.crash(nowMs, crash.untilMs).length ?? 0;
    });
  play(fleet, agenda, (slot, atMs) => send(slot, atMs, atMs));
  for (const host of hosts) host.finish();
  return measure;
}
