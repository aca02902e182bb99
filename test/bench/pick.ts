import { WireDelivery } from "../../src/adapters/pool/wire-delivery.ts";
import { Balancer } from "../../src/core/route/balancer.ts";
import { readRouteSettings } from "../../src/core/route/route-settings.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Figure, opsPerSec } from "./harness.ts";

const PICKS = 500_000;
const GOAL = 1_000_000;

/** Picks with an answer for each, as a wired flow with feedback has it; 1 µs of the clock per pick. */
function pickWork(name: string, hostCount: number, withFeedback: boolean): Figure {
  const hosts = Array.from({ length: hostCount }, (_, i) => `host-${i + 1}`);
  const balancer = new Balancer({ hosts, balance: "auto", random: seededRandom(1) });
  const answers = hosts.map((host, i) => ({ host, latencyMs: 5 + i, failed: false }));
  let nowMs = 0;
  const run = (): void => {
    for (let i = 0; i < PICKS; i++) {
      nowMs += 0.001;
      const picked = balancer.pick(nowMs);
      const answer = answers[picked];
      if (withFeedback && answer) balancer.feedback(answer, nowMs);
    }
  };
  return opsPerSec({ name, ops: PICKS, run, goal: GOAL });
}

/** What the route node does per stitched message besides Node-RED's own work: at most 0.5 µs. */
function deliverWork(): Figure {
  const settings = readRouteSettings({});
  const delivery = new WireDelivery({
    settings,
    gateway: undefined,
    clock: { now: () => 0 },
    random: seededRandom(1),
    emit: () => undefined,
  });
  const messages = settings.hosts.map((owner) => ({ payload: 1, stitch: Object.freeze({ slot: 0, owner }) }));
  const run = (): void => {
    for (let i = 0; i < PICKS; i++) delivery.deliver(messages[i % messages.length] ?? {});
  };
  return opsPerSec({ name: "deliver by wire: stitched message", ops: PICKS, run, goal: 2_000_000 });
}

export function figures(): readonly Figure[] {
  return [
    pickWork("pick: 3 hosts, round robin", 3, false),
    pickWork("pick: 3 hosts, with feedback", 3, true),
    pickWork("pick: 16 hosts, two choices, with feedback", 16, true),
    deliverWork(),
  ];
}
