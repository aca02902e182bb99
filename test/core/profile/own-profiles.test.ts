import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import type { DeviceProfile } from "../../../src/core/profile/device-profile.ts";
import { DEVICE_PROFILES } from "../../../src/core/profile/device-profiles.ts";
import { matchesGlob } from "../../../src/core/profile/glob.ts";
import { matchProfile } from "../../../src/core/profile/match.ts";
import {
  formatDeviceProfiles,
  mergedProfiles,
  parseDeviceProfiles,
  readDeviceProfiles,
} from "../../../src/core/profile/own-profiles.ts";
import { NEW_ROW, profilesOf, rowOf } from "../../../src/core/profile/profile-row.ts";

const pump: DeviceProfile = {
  name: "pump",
  title: "Pump of hall 3",
  match: {
    topic: "hall-3/+/state",
    sessionId: "pump-*",
    kind: "json",
    fields: ["rpm", "bearing.temp"],
    maxBytes: 400,
  },
  rhythm: { pattern: "bursty", periodMs: 30_000, cv: 0.5, burst: 12 },
  bytes: 180,
  qos: { latencyMs: 500, loss: "none", order: "key", priority: 6 },
};

describe("own device profiles", () => {
  it("are the library's in form: each of it can be exported and imported", () => {
    const text = formatDeviceProfiles([...DEVICE_PROFILES, pump]);
    assert.deepEqual(parseDeviceProfiles(text), [...DEVICE_PROFILES, pump]);
  });

  it("are taken one alone, too, and get their name for a title", () => {
    const { title: _, ...untitled } = pump;
    assert.deepEqual(parseDeviceProfiles(JSON.stringify(untitled)), [{ ...pump, title: "pump" }]);
  });

  for (const [change, complaint] of [
    [{ name: "" }, 'profiles[0].name must be a text of 1 to 256 characters, got ""'],
    [{ bytes: 0 }, "profiles[0].bytes must be a whole number from 1 to 268435455, got 0"],
    [{ bytes: "180" }, 'profiles[0].bytes must be a whole number from 1 to 268435455, got "180"'],
    [{ match: {} }, "profiles[0].match must have one of topic, sessionId, kind, fields, minBytes, maxBytes"],
    [{ match: { fields: "rpm" } }, "profiles[0].match.fields must be a list of 1 to 16"],
    [
      { match: { fields: ["rpm", 7] } },
      "profiles[0].match.fields[1] must be a text of 1 to 256 characters, got 7",
    ],
    [{ match: { Topic: "a" } }, "profiles[0].match.Topic is none of topic, sessionId"],
    [
      { match: { minBytes: 9, maxBytes: 8 } },
      "profiles[0].match.minBytes must be at most maxBytes, got 9 and 8",
    ],
    [{ rhythm: { pattern: "often" } }, "profiles[0].rhythm.pattern must be one of periodic, event-driven"],
    [
      { rhythm: { pattern: "periodic" } },
      "profiles[0].rhythm.periodMs is missing, and a periodic device has one",
    ],
    [
      { rhythm: { pattern: "bursty", periodMs: 0 } },
      "profiles[0].rhythm.periodMs must be a number from 1 to",
    ],
    [
      { rhythm: { pattern: "bursty", burst: 1.5 } },
      "profiles[0].rhythm.burst must be a whole number from 1 to",
    ],
    [
      { qos: { loss: "none", order: "key", priority: 8 } },
      "profiles[0].qos.priority must be a whole number from 0 to 7, got 8",
    ],
    [{ qos: { loss: "none", order: "key" } }, "profiles[0].qos.priority is missing"],
  ] as const)
    it(`say what is wrong: ${complaint.slice(12, 60)}`, () => {
      assert.throws(
        () => readDeviceProfiles([{ ...pump, ...change }]),
        (error: StitchError) => error.code === "BAD_CONFIG" && error.message.startsWith(complaint),
      );
    });

  it("have names of their own; a file must be JSON, and a list", () => {
    assert.throws(
      () => readDeviceProfiles([pump, pump]),
      /^StitchError: profiles\[1\]\.name must be unique, got "pump"/,
    );
    assert.throws(() => parseDeviceProfiles("{"), /^StitchError: profiles must be JSON: /);
    assert.throws(() => parseDeviceProfiles("7"), /^StitchError: profiles\[0\] must be an object, got 7/);
    assert.throws(
      () => readDeviceProfiles("x"),
      /^StitchError: profiles must be a list of 0 to 500, got "x"/,
    );
  });

  it("throw nothing but a StitchError, whatever a file holds", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => `[${json}]`),
        ),
        (text) => {
          try {
            parseDeviceProfiles(text);
          } catch (error) {
            assert.ok(error instanceof StitchError && error.message.startsWith("profiles"));
          }
        },
      ),
    );
  });

  it("of the dialog that still lack their name outlive an import", () => {
    const nameless = [{}, {}] as unknown as DeviceProfile[];
    assert.deepEqual(mergedProfiles(nameless, [pump]), [...nameless, pump]);
  });

  it("are refused from a file that is too long, too deep, or means to change prototypes", () => {
    assert.throws(
      () => parseDeviceProfiles(" ".repeat(4_194_305)),
      /must be a text of at most 4194304 characters/,
    );
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    assert.throws(
      () => parseDeviceProfiles(deep),
      /^StitchError: profiles\[0\] must be an object, got an array of 1/,
    );
    const evil = JSON.stringify(pump).replace("{", '{"__proto__":{"isAdmin":true},');
    assert.throws(() => parseDeviceProfiles(evil), /^StitchError: profiles\[0\]\.__proto__ is none of name/);
    assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
  });

  it("take the place of one of the same name when they are imported", () => {
    const other = { ...pump, name: "other" };
    const newer = { ...pump, bytes: 7 };
    assert.deepEqual(mergedProfiles([pump, other], [newer]), [newer, other]);
    assert.deepEqual(mergedProfiles([pump], [other]), [pump, other]);
  });
});

describe("docs/device-profiles.md", () => {
  const text = readFileSync(new URL("../../../docs/device-profiles.md", import.meta.url), "utf8");

  it("shows a file that is taken", () => {
    const [, json = ""] = /```json\n([^`]+)```/.exec(text) ?? [];
    assert.equal(parseDeviceProfiles(json)[0]?.rhythm.burst, 12);
  });

  it("says how many the library has", () => {
    assert.match(text, new RegExp(`brings ${DEVICE_PROFILES.length} of them`));
  });
});

describe("a dialog's row of a device profile", () => {
  it("is read as it was written", () => {
    assert.deepEqual(profilesOf([...DEVICE_PROFILES, pump].map(rowOf)), [...DEVICE_PROFILES, pump]);
  });

  it("that is new lacks its name and its rules only", () => {
    assert.throws(() => profilesOf([NEW_ROW]), /profiles\[0\]\.name is missing/);
    assert.throws(
      () => profilesOf([{ ...NEW_ROW, name: "x" }]),
      /profiles\[0\]\.match must have one of topic/,
    );
    assert.equal(profilesOf([{ ...NEW_ROW, name: "x", topic: "a/#" }])[0]?.rhythm.periodMs, 60_000);
  });

  it("names the field in which a number is none", () => {
    const row = { ...rowOf(pump), periodMs: "often" };
    assert.throws(
      () => profilesOf([row]),
      /profiles\[0\]\.rhythm\.periodMs must be a number from .*, got "often"/,
    );
  });

  it("shows whatever a flow file holds", () => {
    fc.assert(
      fc.property(fc.anything(), (profile) => {
        for (const text of Object.values(rowOf(profile))) assert.equal(typeof text, "string");
      }),
    );
  });
});

describe("match rules", () => {
  const sample = {
    topic: "hall-3/a/state",
    payload: { rpm: 1, bearing: { temp: 50 } },
    bytes: 40,
    kind: "json",
  } as const;

  it("hold for topic, session id and payload together", () => {
    assert.equal(matchProfile([pump], { ...sample, sessionId: "pump-7" })?.name, "pump");
    assert.equal(matchProfile([pump], { ...sample, sessionId: "fan-7" }), undefined);
    assert.equal(matchProfile([pump], sample), undefined, "no id is known");
    assert.equal(
      matchProfile([pump], { ...sample, sessionId: "pump-7", topic: "hall-4/a/state" }),
      undefined,
    );
    assert.equal(matchProfile([pump], { ...sample, sessionId: "pump-7", bytes: 500 }), undefined);
  });

  it("are more specific with a session id", () => {
    const any = { ...pump, name: "any", match: { topic: "hall-3/+/state" } };
    assert.equal(matchProfile([any, pump], { ...sample, sessionId: "pump-7" })?.name, "pump");
  });

  for (const [pattern, text, isMatch] of [
    ["pump-*", "pump-7", true],
    ["pump-*", "pump-", true],
    ["pump-*", "pum", false],
    ["*-7", "pump-7", true],
    ["a*b*c", "a--b--c", true],
    ["a*b*c", "a--c--b", false],
    ["aba*aba", "aba", false],
    ["*", "", true],
    ["", "", true],
    ["a", "ab", false],
    ["a.c", "abc", false],
  ] as const)
    it(`"${pattern}" ${isMatch ? "matches" : "doesn't match"} "${text}"`, () => {
      assert.equal(matchesGlob(pattern, text), isMatch);
    });

  it("match as a regular expression would", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    fc.assert(
      fc.property(letters, text, (pattern, given) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        assert.equal(matchesGlob(pattern, given), expression.test(given));
      }),
    );
  });
});
