import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import * as core from "../../../src/core/index.ts";

const { DEVICE_PROFILES, deviceProfilesSchema: schema, readDeviceProfiles } = core;

type Validator = (value: unknown) => boolean;
type Ajv2020 = new (options: object) => { compile(schema: object): Validator };
// Node-RED's own: its JSON node validates with it.
const fromNodeRed = createRequire(createRequire(import.meta.url).resolve("@node-red/nodes/package.json"));
const { Ajv2020 } = fromNodeRed("ajv/dist/2020") as { Ajv2020: Ajv2020 };
const isValid = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

/** No two of its fields bound each other: those rules are beyond a schema. */
const whole = {
  name: "pump",
  title: "Pump",
  match: { topic: "a/+", sessionId: "pump-*", kind: "json", fields: ["rpm", "t"], minBytes: 1 },
  rhythm: { pattern: "bursty", periodMs: 30_000, cv: 0.5, burst: 12 },
  bytes: 180,
  qos: { latencyMs: 500, loss: "none", order: "key", priority: 6 },
};
const paths = [
  ...["name", "title", "match", "rhythm", "bytes", "qos", "more"].map((name) => [name]),
  ...["topic", "sessionId", "kind", "fields", "minBytes", "more"].map((name) => ["match", name]),
  ["match", "fields", "0"],
  ...["periodMs", "cv", "burst", "more"].map((name) => ["rhythm", name]),
  ...["latencyMs", "loss", "order", "priority", "more"].map((name) => ["qos", name]),
];

/** A copy with one field changed; undefined: taken out. */
function changed(path: readonly string[], value: unknown): unknown {
  const copy: unknown = structuredClone(whole);
  let at = copy as Record<string, unknown>;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  const last = path.at(-1) as string;
  if (value !== undefined) at[last] = value;
  else if (!Array.isArray(at)) delete at[last];
  return JSON.parse(JSON.stringify(copy));
}

function isRead(value: unknown): boolean {
  try {
    readDeviceProfiles(value);
    return true;
  } catch {
    return false;
  }
}

describe("JSON schema of device profiles", () => {
  it("holds of the library", () => {
    assert.ok(isValid(DEVICE_PROFILES) && isValid([whole]) && isValid([]));
  });

  it("says the same as the reader of each field, whatever it is set to", () => {
    const values = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        "",
        " ",
        0,
        1,
        -1,
        7,
        8,
        1.5,
        1e9,
        [],
        {},
        true,
        "none",
        "key",
      ),
      fc.constantFrom<unknown>("json", "periodic", "x".repeat(256), "x".repeat(257), ["a"], [""], [1]),
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), values, (path, value) => {
        const profiles = [changed(path, value)];
        assert.equal(isRead(profiles), isValid(profiles), `${path.join(".")} = ${JSON.stringify(value)}`);
      }),
      { numRuns: 3_000 },
    );
  });

  it("has a profile for each of the usual device types", () => {
    const titles = DEVICE_PROFILES.map(({ name, title }) => `${name} ${title}`.toLowerCase());
    const types = [
      "temperature",
      "humidity",
      "motion",
      "contact",
      "meter",
      "camera",
      "lorawan",
      "gateway",
      "plc",
    ];
    for (const type of [...types, "tracker", "wearable"])
      assert.ok(
        titles.some((title) => title.includes(type)),
        type,
      );
    assert.ok(DEVICE_PROFILES.length >= 20);
  });
});
