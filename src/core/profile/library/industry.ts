import type { DeviceProfile } from "../device-profile.ts";
import { BULK, CONTROL, STREAM, TELEMETRY } from "./service-classes.ts";

/** Machines, controllers and what is read off them. */
export const industry: readonly DeviceProfile[] = [
  {
    name: "opcua-pubsub",
    title: "OPC UA PubSub data (JSON)",
    // Names and topic tree of OPC 10000-14 §7.2.5 and §7.3.4.7.
    match: { topic: "opcua/json/data/#", fields: ["Messages"] },
    rhythm: { pattern: "periodic", periodMs: 1_000, cv: 0.1 },
    bytes: 600,
    qos: CONTROL,
  },
  {
    name: "opcua-message",
    title: "OPC UA network message (JSON), any topic",
    match: { fields: ["MessageId", "MessageType", "Messages"] },
    rhythm: { pattern: "periodic", periodMs: 1_000, cv: 0.1 },
    bytes: 600,
    qos: CONTROL,
  },
  {
    name: "sparkplug-device",
    title: "Device behind a Sparkplug B edge node",
    // By exception: sends what changed.
    match: { topic: "spBv1.0/+/DDATA/+/+" },
    rhythm: { pattern: "event-driven" },
    bytes: 120,
    qos: CONTROL,
  },
  {
    name: "sparkplug-node",
    title: "Sparkplug B edge node",
    match: { topic: "spBv1.0/+/NDATA/+" },
    rhythm: { pattern: "event-driven" },
    bytes: 200,
    qos: CONTROL,
  },
  {
    name: "plc-poll",
    title: "PLC, registers polled each second",
    match: { topic: "plc/#" },
    rhythm: { pattern: "periodic", periodMs: 1_000, cv: 0.05 },
    bytes: 200,
    qos: CONTROL,
  },
  {
    name: "vibration-raw",
    title: "Vibration sensor, blocks of samples",
    match: { topic: "+/vibration/#", kind: "binary", minBytes: 512 },
    rhythm: { pattern: "streaming", periodMs: 100, cv: 0.1 },
    bytes: 4_096,
    qos: STREAM,
  },
  {
    name: "vibration-features",
    title: "Vibration sensor, characteristic values",
    // The velocity that ISO 20816-1 judges machines by.
    match: { fields: ["rms", "peak"] },
    rhythm: { pattern: "periodic", periodMs: 60_000, cv: 0.1 },
    bytes: 250,
    qos: TELEMETRY,
  },
  {
    name: "machine-log",
    title: "Log lines",
    match: { topic: "syslog/#", kind: "text" },
    rhythm: { pattern: "bursty" },
    bytes: 150,
    qos: BULK,
  },
];
