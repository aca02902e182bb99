import { Measure, OVERLOAD_MS } from "./measure.ts";
import type { Scenario } from "./scenario.ts";

/** Why no policy can help. */
export interface Floor {
  /** Its overload: the seconds in which one reason or the other holds. Latencies: as if nothing else delayed a message. */
  readonly measure: Measure;
  /** All hosts together have more to do than they can: as one queue that all of them serve. */
  readonly fullSec: number;
  /** One key alone has more to do than the fastest host can: its messages are in order, so it can't be split. */
  readonly keySec: number;
  /**
   * The same summed over the keys: two of them that are too much at a time fill two hosts, or one for as long as both
   * together. About what any policy has that moves keys as wholes, however well.
   */
  readonly keysSec: number;
}

/**
 * What is left of the overload under any policy that keeps the order of each key. In such a second at least one host has a
 * queue; how many more do is up to the policy. What one is down for is not counted: others can take it over.
 */
export function floorOf({ fleet, hosts, warmUpMs }: Scenario): Floor {
  const measure = new Measure(warmUpMs);
  /** By key, and after the keys that of all: when they are done. */
  const doneMs = new Float64Array(fleet.slots + 1);
  let fullSec = 0;
  let keySec = 0;
  let keysSec = 0;
  let atMs = 0;
  const sample = (): void => {
    if (!measure.isOn(atMs)) return;
    const untilMs = atMs + OVERLOAD_MS;
    const isFull = (doneMs[fleet.slots] as number) > untilMs;
    const keys = doneMs.subarray(0, fleet.slots).filter((done) => done > untilMs).length;
    if (isFull) fullSec++;
    if (keys > 0) keySec++;
    keysSec += keys;
    if (isFull || keys > 0) measure.overloadSec++;
  };
  for (let i = 0; i < fleet.atMs.length; i++) {
    const arrivedMs = fleet.atMs[i] as number;
    for (; atMs + 1000 <= arrivedMs; sample()) atMs += 1000;
    const rates = hosts.map(({ perSec, speed }) => perSec * speed(arrivedMs));
    const serve = (queue: number, perSec: number): number => {
      doneMs[queue] = Math.max(arrivedMs, doneMs[queue] as number) + 1000 / perSec;
      return doneMs[queue];
    };
    const all = serve(
      fleet.slots,
      rates.reduce((sum, rate) => sum + rate, 0),
    );
    measure.delivered(arrivedMs, Math.max(all, serve(fleet.slotOf[i] as number, Math.max(...rates))));
  }
  return { measure, fullSec, keySec, keysSec };
}
