import type { DeviceProfile } from "../device-profile.ts";
import { ALARM, TELEMETRY } from "./service-classes.ts";

/** Sensors behind LoRaWAN network servers, as these publish uplinks by MQTT. */
export const lorawan: readonly DeviceProfile[] = [
  {
    name: "lorawan-ttn",
    title: "LoRaWAN sensor (The Things Stack v3)",
    match: { topic: "v3/+/devices/+/up", fields: ["uplink_message"] },
    rhythm: { pattern: "periodic", periodMs: 900_000, cv: 0.2 },
    bytes: 1_600,
    qos: TELEMETRY,
  },
  {
    name: "lorawan-chirpstack",
    title: "LoRaWAN sensor (ChirpStack v4)",
    match: { topic: "application/+/device/+/event/up", fields: ["deviceInfo"] },
    rhythm: { pattern: "periodic", periodMs: 900_000, cv: 0.2 },
    bytes: 1_400,
    qos: TELEMETRY,
  },
  {
    name: "lorawan-chirpstack-status",
    title: "LoRaWAN battery and margin status (ChirpStack v4)",
    match: { topic: "application/+/device/+/event/status" },
    rhythm: { pattern: "periodic", periodMs: 86_400_000, cv: 0.1 },
    bytes: 400,
    qos: TELEMETRY,
  },
  {
    name: "lorawan-raw",
    title: "LoRaWAN sensor, decoded frame only",
    // 51 bytes: the largest payload at the slowest data rate (RP002-1.0.3, EU863-870, DR0).
    match: { topic: "lorawan/#", kind: "binary", maxBytes: 51 },
    rhythm: { pattern: "periodic", periodMs: 600_000, cv: 0.3 },
    bytes: 16,
    qos: TELEMETRY,
  },
  {
    name: "lorawan-leak",
    title: "LoRaWAN leak or smoke detector (The Things Stack v3)",
    match: {
      topic: "v3/+/devices/+/up",
      fields: ["uplink_message", "uplink_message.decoded_payload.alarm"],
    },
    rhythm: { pattern: "event-driven" },
    bytes: 1_500,
    qos: ALARM,
  },
];
