import type { DeviceProfile } from "../device-profile.ts";
import { ALARM, BULK, PRESENCE, TELEMETRY } from "./service-classes.ts";

/** Smart-home devices, by the topics and fields of their firmwares and bridges. */
export const home: readonly DeviceProfile[] = [
  {
    name: "zigbee-motion",
    title: "Zigbee motion sensor (Zigbee2MQTT)",
    match: { topic: "zigbee2mqtt/+", fields: ["occupancy"] },
    rhythm: { pattern: "event-driven" },
    bytes: 110,
    qos: ALARM,
  },
  {
    name: "zigbee-contact",
    title: "Zigbee door or window contact (Zigbee2MQTT)",
    match: { topic: "zigbee2mqtt/+", fields: ["contact"] },
    rhythm: { pattern: "event-driven" },
    bytes: 90,
    qos: ALARM,
  },
  {
    name: "zigbee-button",
    title: "Zigbee button or remote (Zigbee2MQTT)",
    match: { topic: "zigbee2mqtt/+", fields: ["action"] },
    rhythm: { pattern: "event-driven" },
    bytes: 70,
    qos: ALARM,
  },
  {
    name: "zigbee-vibration",
    title: "Zigbee vibration sensor (Zigbee2MQTT)",
    match: { topic: "zigbee2mqtt/+", fields: ["vibration"] },
    rhythm: { pattern: "bursty" },
    bytes: 160,
    qos: ALARM,
  },
  {
    name: "zigbee-climate",
    title: "Zigbee temperature and humidity sensor (Zigbee2MQTT)",
    match: { topic: "zigbee2mqtt/+", fields: ["temperature", "humidity"] },
    // Reports a change at once, and anyhow by the hour.
    rhythm: { pattern: "periodic", periodMs: 600_000, cv: 0.6 },
    bytes: 110,
    qos: TELEMETRY,
  },
  {
    name: "zigbee-plug",
    title: "Zigbee metering plug (Zigbee2MQTT)",
    match: { topic: "zigbee2mqtt/+", fields: ["power", "energy"] },
    rhythm: { pattern: "periodic", periodMs: 10_000, cv: 0.5 },
    bytes: 180,
    qos: TELEMETRY,
  },
  {
    name: "tasmota-plug",
    title: "Smart plug with metering (Tasmota)",
    match: { topic: "tele/+/SENSOR", fields: ["ENERGY"] },
    // TelePeriod, by default 300 s.
    rhythm: { pattern: "periodic", periodMs: 300_000, cv: 0.05 },
    bytes: 260,
    qos: TELEMETRY,
  },
  {
    name: "tasmota-state",
    title: "State report (Tasmota)",
    match: { topic: "tele/+/STATE" },
    rhythm: { pattern: "periodic", periodMs: 300_000, cv: 0.05 },
    bytes: 320,
    qos: BULK,
  },
  {
    name: "shelly-plug",
    title: "Smart plug (Shelly, second generation)",
    match: { topic: "+/status/+", fields: ["apower"] },
    rhythm: { pattern: "periodic", periodMs: 60_000, cv: 0.6 },
    bytes: 280,
    qos: TELEMETRY,
  },
  {
    name: "shelly-power",
    title: "Power of a plug or relay (Shelly, first generation)",
    match: { topic: "shellies/+/relay/+/power", kind: "number" },
    rhythm: { pattern: "periodic", periodMs: 30_000, cv: 0.4 },
    bytes: 6,
    qos: TELEMETRY,
  },
  {
    name: "esphome-sensor",
    title: "Sensor of an ESP board (ESPHome)",
    match: { topic: "+/sensor/+/state", kind: "number" },
    // update_interval, by default 60 s.
    rhythm: { pattern: "periodic", periodMs: 60_000, cv: 0.05 },
    bytes: 5,
    qos: TELEMETRY,
  },
  {
    name: "ble-gateway",
    title: "Bluetooth sightings (OpenMQTTGateway, Theengs)",
    match: { topic: "home/+/BTtoMQTT/#", fields: ["id", "rssi"] },
    rhythm: { pattern: "bursty" },
    bytes: 220,
    qos: BULK,
  },
  {
    name: "last-will",
    title: "Online or offline (Tasmota LWT and alike)",
    match: { topic: "tele/+/LWT", kind: "text", maxBytes: 32 },
    rhythm: { pattern: "keep-alive", periodMs: 3_600_000, cv: 1 },
    bytes: 7,
    qos: PRESENCE,
  },
];
