/** Judges the devices of recorded traces; what each really does is known of its documentation (data README). */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Pattern } from "../../../src/core/forecast/session-profile.ts";
import { SessionMeter } from "../../../src/core/profile/session-meter.ts";

const { DATA = fileURLToPath(new URL("../../../../shared/data", import.meta.url)) } = process.env;

/** Times of each device's messages, ms. */
function read(set: string): Map<string, number[]> {
  const devices = new Map<string, number[]>();
  const lines = gunzipSync(readFileSync(`${DATA}/messages/${set}.csv.gz`))
    .toString()
    .trim()
    .split("\n");
  for (const line of lines.slice(1)) {
    const [ts = "", device = ""] = line.split(",");
    const times = devices.get(device) ?? [];
    times.push(Number(ts) * 1000);
    devices.set(device, times);
  }
  for (const times of devices.values()) times.sort((a, b) => a - b);
  return devices;
}

interface Judged {
  /** Share of the messages at which the device was taken for each pattern. */
  readonly shares: ReadonlyMap<Pattern, number>;
  readonly changes: number;
  readonly medianPeriodMs: number;
}

function judge(times: readonly number[]): Judged {
  const meter = new SessionMeter(60_000, times[0] ?? 0);
  const counts = new Map<Pattern, number>();
  const periods: number[] = [];
  let changes = 0;
  let before: Pattern = "unknown";
  for (const atMs of times) {
    if (meter.observe(atMs, 100, 0, 0)) periods.push(meter.review(atMs).periodMs ?? Number.NaN);
    const { pattern } = meter;
    if (pattern !== before) changes++;
    before = pattern;
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const shares = new Map([...counts].map(([pattern, count]) => [pattern, count / times.length]));
  const known = periods.filter((period) => period > 0).sort((a, b) => a - b);
  return { shares, changes, medianPeriodMs: known[known.length >> 1] ?? 0 };
}

const share = ({ shares }: Judged, ...patterns: Pattern[]): number =>
  patterns.reduce((sum, pattern) => sum + (shares.get(pattern) ?? 0), 0);

const text = ({ shares, changes }: Judged): string => `${JSON.stringify([...shares])}, ${changes} changes`;

describe("patterns of real devices", () => {
  before(function () {
    if (existsSync(`${DATA}/messages`)) return;
    process.stderr.write(`    SKIPPED: no traces at ${DATA} (set DATA to where they are)\n`);
    this.skip();
  });

  it("polled sensors that send on change are periodic, with their poll as the period, through all outages", () => {
    for (const [device, times] of read("open_smart_home")) {
      if (device.includes("setpoint")) continue;
      const judged = judge(times);
      assert.ok(share(judged, "periodic") > 0.95, `${device}: ${text(judged)}`);
      const periodMs = device.includes("virtual") ? 1_800_000 : 600_000;
      assert.ok(Math.abs(judged.medianPeriodMs / periodMs - 1) < 0.03, `${device}: ${judged.medianPeriodMs}`);
    }
  });

  it("set-points that people and schedules change are not", () => {
    for (const [device, times] of read("open_smart_home")) {
      if (!device.includes("setpoint")) continue;
      const judged = judge(times);
      assert.ok(share(judged, "event-driven", "bursty") > 0.65, `${device}: ${text(judged)}`);
    }
  });

  it("loops of varying duration are periodic, and don't flap", () => {
    for (const [device, times] of read("aws_iot_mqtt")) {
      const judged = judge(times);
      assert.ok(share(judged, "periodic") > 0.97, `${device}: ${text(judged)}`);
      assert.ok(judged.changes <= times.length / 500, `${device}: ${text(judged)}`);
    }
  });

  it("LoRaWAN reporters are periodic although frames are lost and records have gaps", () => {
    const devices = read("campusiot_helium_lorawan");
    for (const [device, periodMs] of [
      ["ELSYS_EMS_B1C1_PERRET_SOO", 600_000],
      ["IMST_C727B", 62_700],
    ] as const) {
      const judged = judge(devices.get(device) ?? []);
      assert.ok(share(judged, "periodic") > 0.75, `${device}: ${text(judged)}`);
      assert.ok(Math.abs(judged.medianPeriodMs / periodMs - 1) < 0.02, `${device}: ${judged.medianPeriodMs}`);
    }
  });

  it("motion and light flips are events or bursts", () => {
    for (const [device, times] of read("derived_aws_iot_state_events")) {
      const judged = judge(times);
      assert.equal(share(judged, "periodic", "streaming", "keep-alive"), 0, `${device}: ${text(judged)}`);
    }
  });

  it("a water meter's pulses are mostly bursts; outages alone make no device bursty", () => {
    const judged = judge(read("derived_ampds2_meter_events").get("ampds2_water_whw") ?? []);
    assert.ok(share(judged, "bursty", "event-driven") > 0.75, text(judged));
  });

  it("reports of two messages at a time are periodic as soon as four were seen", () => {
    for (const [device, times] of read("nodered_mqtt_lab")) {
      if (!device.startsWith("sensor-node-1")) continue;
      const judged = judge(times);
      assert.ok(share(judged, "periodic") > 0, `${device}: ${text(judged)}`);
      assert.ok(Math.abs(judged.medianPeriodMs - 60_000) < 1_000, `${device}: ${judged.medianPeriodMs}`);
    }
  });
});
