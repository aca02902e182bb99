/** The same fleet, hosts and policies in the simulation of `bench:overload`. */
import { defaultFleet } from "../../../src/demo/devices.ts";
import { observe } from "../../simulation/overload/forecasts.ts";
import type { Measure } from "../../simulation/overload/measure.ts";
import { playPerConnection } from "../../simulation/overload/per-connection.ts";
import { playStatic } from "../../simulation/overload/per-message.ts";
import { fleetOf, type Scenario } from "../../simulation/overload/scenario.ts";
import { playStitched } from "../../simulation/overload/stitched.ts";
import type { Outcome, Played } from "./outcome.ts";

/** As the gateway of `npm start`: it is to show several surges within minutes. */
const STEPS = { forecastMs: 1000, planMs: 1000, horizon: 60 };
const DWELL_MS = 10_000;

export interface SimulatedRun {
  readonly seed: number;
  readonly seconds: number;
  readonly hosts: number;
  readonly perSec: number;
}

/** Each policy's outcome in simulation, in the order of `policies`. */
export function simulate(run: SimulatedRun, policies: readonly Played[]): Map<Played, Outcome> {
  const fleet = fleetOf(defaultFleet(run.seed), run.seconds * 1000);
  const hosts = Array.from({ length: run.hosts }, (_, i) => ({
    host: `host-${i + 1}`,
    perSec: run.perSec,
    speed: () => 1,
  }));
  const scenario: Scenario = {
    name: "live",
    isRepeating: true,
    fleet,
    hosts,
    warmUpMs: 0,
    dwellMs: DWELL_MS,
  };
  const known = observe(fleet, run.perSec, "online", STEPS);
  const play = (policy: Played): Measure => {
    if (policy === "static") return playStatic(scenario);
    return policy === "haproxy" ? playPerConnection(scenario) : playStitched(scenario, { policy, known });
  };
  return new Map(
    policies.map((policy) => {
      const measure = play(policy);
      const { overloadSec, moves } = measure;
      return [
        policy,
        { overloadSec, p50Ms: measure.quantileMs(0.5), p99Ms: measure.quantileMs(0.99), moves },
      ];
    }),
  );
}
