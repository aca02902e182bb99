import type { Measure } from "./measure.ts";
import { arena } from "./per-message.ts";
import type { Scenario } from "./scenario.ts";
import { play } from "./timeline.ts";

/**
 * HAProxy's `balance leastconn` over long-lived connections, as MQTT's are: a device connects with its first message,
 * to the server with the fewest connections, in turn where several have as few (HAProxy configuration manual,
 * "balance"). There it stays, whatever it sends: only the server's end ends the connection.
 */
class Connections {
  readonly #hostOf: Int32Array;
  readonly #counts: number[];
  #turn = 0;

  constructor(devices: number, hosts: number) {
    this.#hostOf = new Int32Array(devices).fill(-1);
    this.#counts = Array.from({ length: hosts }, () => 0);
  }

  /** The device's host; a new connection where it has none. */
  of(device: number, isUp: (host: number) => boolean): number {
    const before = this.#hostOf[device] as number;
    if (before >= 0) return before;
    const { length } = this.#counts;
    let best = -1;
    for (let i = 0; i < length; i++) {
      const host = (this.#turn + i) % length;
      if (!isUp(host)) continue;
      if (best < 0 || (this.#counts[host] as number) < (this.#counts[best] as number)) best = host;
    }
    if (best < 0) return -1;
    this.#turn = best + 1;
    this.#counts[best] = (this.#counts[best] as number) + 1;
    this.#hostOf[device] = best;
    return best;
  }

  /** The server is gone, and with it what was connected. */
  drop(host: number): void {
    this.#counts[host] = 0;
    for (const [device, at] of this.#hostOf.entries()) if (at === host) this.#hostOf[device] = -1;
  }
}

/** Each device's connection to a host for as long as both live; what a host that goes down has in hand is lost. */
export function playPerConnection(scenario: Scenario): Measure {
  const { fleet, crash } = scenario;
  const { measure, agenda, hosts } = arena(scenario);
  const connections = new Connections(fleet.sessions.length, hosts.length);
  if (crash)
    agenda.at(crash.fromMs, (nowMs) => {
      const host = hosts.findIndex(({ spec }) => spec.host === crash.host);
      if (host < 0) return;
      measure.dropped += hosts[host]?.crash(nowMs, crash.untilMs).length ?? 0;
      connections.drop(host);
    });
  play(fleet, agenda, (slot, atMs) => {
    const device = fleet.sessionOf[slot] as number;
    const host = connections.of(device, (i) => !hosts[i]?.isDown(atMs));
    if (host < 0) measure.dropped++;
    else hosts[host]?.take(slot, atMs, atMs, 1);
  });
  for (const host of hosts) host.finish();
  return measure;
}
