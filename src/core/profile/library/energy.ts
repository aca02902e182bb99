import type { DeviceProfile } from "../device-profile.ts";
import { CONTROL, METERING, TELEMETRY } from "./service-classes.ts";

/** Meters, generators and chargers. */
export const energy: readonly DeviceProfile[] = [
  {
    name: "meter-dsmr",
    title: "Electricity meter (DSMR P1, DSMR-reader)",
    match: { topic: "dsmr/#" },
    // A telegram a second since DSMR 5.0 (P1 companion standard §4), forwarded every 10 s as a rule.
    rhythm: { pattern: "periodic", periodMs: 10_000, cv: 0.1 },
    bytes: 12,
    qos: METERING,
  },
  {
    name: "meter-wmbus",
    title: "Water, gas or heat meter (wM-Bus, wmbusmeters)",
    match: { topic: "wmbusmeters/+", fields: ["id", "meter"] },
    rhythm: { pattern: "periodic", periodMs: 60_000, cv: 0.5 },
    bytes: 350,
    qos: METERING,
  },
  {
    name: "meter-load-profile",
    title: "Meter that reports quarter-hourly (IEC 62056, load profile 1)",
    match: { fields: ["obis"] },
    rhythm: { pattern: "periodic", periodMs: 900_000, cv: 0.05 },
    bytes: 300,
    qos: METERING,
  },
  {
    name: "meter-pulse",
    title: "Pulse counter",
    match: { topic: "+/pulse" },
    rhythm: { pattern: "bursty" },
    bytes: 16,
    qos: METERING,
  },
  {
    name: "inverter",
    title: "Solar inverter (OpenDTU)",
    match: { topic: "solar/+/+/+", kind: "number" },
    rhythm: { pattern: "periodic", periodMs: 5_000, cv: 0.2 },
    bytes: 6,
    qos: TELEMETRY,
  },
  {
    name: "victron-gx",
    title: "Battery or inverter value (Victron Venus OS)",
    match: { topic: "N/+/+/+/#", fields: ["value"] },
    rhythm: { pattern: "periodic", periodMs: 2_000, cv: 0.8 },
    bytes: 16,
    qos: TELEMETRY,
  },
  {
    name: "ev-charger",
    title: "Charging point (evcc)",
    match: { topic: "evcc/loadpoints/+/+" },
    rhythm: { pattern: "periodic", periodMs: 30_000, cv: 0.1 },
    bytes: 8,
    qos: CONTROL,
  },
];
