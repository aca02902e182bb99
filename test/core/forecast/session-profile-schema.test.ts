import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import * as core from "../../../src/core/index.ts";
import * as devices from "../../../src/demo/devices.ts";
import { fitsAtOnce, runFleet } from "../../support/fleet-forecasts.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { profileLike } from "../../support/session-profiles.ts";

const { readSessionProfile, sessionProfileSchema: schema } = core;

interface Validator {
  (value: unknown): boolean;
  readonly errors?: unknown;
}
type Ajv2020 = new (options: object) => { compile(schema: object): Validator };
// Node-RED's own: its JSON node validates with it.
const fromNodeRed = createRequire(createRequire(import.meta.url).resolve("@node-red/nodes/package.json"));
const { Ajv2020 } = fromNodeRed("ajv/dist/2020") as { Ajv2020: Ajv2020 };
const isValid = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

const whole = {
  ...profileLike({ sessionId: "cam-7", atMs: 1000, messages: [1, 5, 2], bytes: [10, 50, 20] }),
  periodMs: 2000,
  dataTypes: { json: 0.25, image: 0.75 },
};

function isRead(value: unknown): boolean {
  try {
    readSessionProfile(value);
    return true;
  } catch {
    return false;
  }
}

/** Paths of all properties but `allocation.shares`, which the reader ignores. */
const paths: readonly (readonly string[])[] = [
  ...["sessionId", "atMs", "stepMs", "pattern", "periodMs", "dataTypes", "qos", "allocation"].map((name) => [
    name,
  ]),
  ...["bytes", "messages"].flatMap((curve) => [
    [curve],
    ...["median", "lower", "upper", "level"].map((name) => [curve, name]),
    ...["median", "lower", "upper"].map((name) => [curve, name, "1"]),
  ]),
  ...["json", "image", "text"].map((kind) => ["dataTypes", kind]),
  ...["latencyMs", "loss", "order", "priority"].map((name) => ["qos", name]),
  ...["peakBps", "peakAtMs", "hosts", "capacityBps", "readyByMs"].map((name) => ["allocation", name]),
  ["model"],
  ...["name", "skill", "trainedOn"].map((name) => ["model", name]),
];

/** A copy with one property changed; undefined: taken out. */
function changed(path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(whole) as unknown as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  const last = path.at(-1) as string;
  if (value !== undefined) at[last] = value;
  else if (!Array.isArray(at)) delete at[last];
  return JSON.parse(JSON.stringify(copy));
}

describe("JSON schema of the Session Profile", () => {
  it("holds of what the forecast node makes of every kind of device, with all that it promises", () => {
    const sources = [devices.periodicSensor, devices.eventSensor, devices.burstyLogger, devices.streamer].map(
      (make, i) => make(`d-${i}`, seededRandom(i)),
    );
    let made = 0;
    const promised = Object.keys(schema["properties"] as object).filter((name) => name !== "periodMs");
    runFleet({
      sources,
      stepMs: 1000,
      forMs: 90_000,
      fits: fitsAtOnce,
      onProfile(profile) {
        made++;
        const sent: unknown = JSON.parse(JSON.stringify(profile));
        assert.ok(isValid(sent), JSON.stringify(isValid.errors));
        assert.deepEqual(readSessionProfile(sent), sent);
        assert.deepEqual(Object.keys(profile).toSorted(), promised.toSorted());
      },
    });
    assert.ok(made > 300);
  });

  it("says the same as the reader of each property, whatever it is set to", () => {
    const junk = fc.oneof(
      fc.constantFrom(
        undefined,
        null,
        true,
        "",
        "x",
        "none",
        "periodic",
        {},
        [],
        [1, 2, 3],
        -1,
        0,
        0.5,
        1,
        7,
        8,
      ),
      fc.constantFrom(80, 90, 81, 10_001, 1e300, { json: 2 }, { skill: 1 }, { median: [1, 1, 1] }, [
        "1",
        2,
        3,
      ]),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, value) => {
        const profile = changed(path, value);
        const isTaken = isRead(profile);
        if (isTaken) assert.ok(isValid(profile), JSON.stringify(isValid.errors));
        // Lengths and order within a curve are beyond a schema.
        else if (path[0] !== "bytes" && path[0] !== "messages") assert.equal(isValid(profile), false);
      }),
      { numRuns: 3000 },
    );
  });

  for (const value of [undefined, null, [], "text", 5, {}])
    it(`refuses ${JSON.stringify(value)}, as the reader does`, () => {
      assert.deepEqual([isValid(value), isRead(value)], [false, false]);
    });

  it("refuses a curve of text, of negative numbers, of none, and one without a median", () => {
    for (const median of [["1", "2", "3"], [-1, 1, 1], [], undefined]) {
      const profile = changed(["bytes", "median"], median);
      assert.deepEqual([isValid(profile), isRead(profile)], [false, false]);
    }
  });

  it("is plain JSON", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
  });
});
