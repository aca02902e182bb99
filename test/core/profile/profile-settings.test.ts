import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { isSameState } from "../../../src/core/profile/profile-change.ts";
import { type ProfileFields, readProfileSettings } from "../../../src/core/profile/profile-settings.ts";

describe("readProfileSettings", () => {
  it("takes a freshly dropped node, and one of an older version without fields", () => {
    const settings = {
      sessionId: { value: "topic", type: "msg" },
      slotKey: undefined,
      slots: 1,
      deviceProfile: undefined,
      ownProfiles: [],
      windowMs: 60_000,
    };
    assert.deepEqual(readProfileSettings({}), settings);
    const dropped = { sessionId: "topic", sessionIdType: "msg", slotKey: "", slotKeyType: "none" };
    assert.deepEqual(
      readProfileSettings({ ...dropped, slots: "16", deviceProfile: "", windowMs: "60000" }),
      settings,
    );
  });

  it("uses the slots with a key only", () => {
    const key = { slotKey: "payload.sensor", slotKeyType: "msg" };
    assert.equal(readProfileSettings({ ...key, slots: "8" }).slots, 8);
    assert.deepEqual(readProfileSettings(key).slotKey, { value: "payload.sensor", type: "msg" });
  });

  it("finds a device profile by its name", () => {
    assert.equal(readProfileSettings({ deviceProfile: "zigbee-motion" }).deviceProfile?.qos.priority, 7);
  });

  for (const [fields, message] of [
    [{ sessionId: " " }, /^session id must not be empty, got " "$/],
    [{ sessionIdType: "num" }, /^session id's type must be one of msg, flow, .*, got "num"$/],
    [{ slotKeyType: "msg", slotKey: "" }, /^slot key must not be empty/],
    [{ slotKeyType: "constructor" }, /^slot key's type must be one of/],
    [{ slots: "0" }, /^slots must be a whole number from 1 to 256, got "0"$/],
    [{ slots: "257" }, /^slots must be/],
    [{ slots: "1.5" }, /^slots must be/],
    [{ slots: "" }, /^slots must be/],
    [{ deviceProfile: "toaster" }, /^device profile must be .*, got "toaster"$/],
    [{ deviceProfile: "__proto__" }, /^device profile must be/],
    [{ profiles: [{ name: "pump" }] as never }, /^profiles\[0\]\.match is missing/],
    [{ profiles: "pump" as never }, /^profiles must be a list of 0 to 500, got "pump"$/],
    [{ windowMs: "999" }, /^window must be 1000 to 3600000 ms, got "999"$/],
    [{ windowMs: "1e9" }, /^window must be/],
    [{ windowMs: "soon" }, /^window must be/],
  ] as [Partial<ProfileFields>, RegExp][])
    it(`says what is wrong with ${JSON.stringify(fields)}`, () => {
      assert.throws(
        () => readProfileSettings(fields),
        (error: unknown) =>
          error instanceof StitchError && error.code === "BAD_CONFIG" && message.test(error.message),
      );
    });

  it("throws nothing but BAD_CONFIG, whatever a flow file holds", () => {
    const names = [
      "sessionId",
      "sessionIdType",
      "slotKey",
      "slotKeyType",
      "slots",
      "deviceProfile",
      "profiles",
      "windowMs",
    ];
    const fields = fc.record(Object.fromEntries(names.map((name) => [name, fc.anything()])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fields, (value) => {
        try {
          readProfileSettings(value as Partial<ProfileFields>);
        } catch (error) {
          assert.ok(error instanceof StitchError && error.code === "BAD_CONFIG", String(error));
        }
      }),
    );
  });
});

describe("isSameState", () => {
  const periodic = { pattern: "periodic", periodMs: 1_000 } as const;

  it("is told by pattern, device profile, and a period that differs by more than a fifth", () => {
    assert.ok(isSameState(periodic, { ...periodic, periodMs: 1_190 }));
    assert.ok(!isSameState(periodic, { ...periodic, periodMs: 1_300 }));
    assert.ok(!isSameState(periodic, { pattern: "periodic" }));
    assert.ok(!isSameState(periodic, { pattern: "bursty" }));
    assert.ok(!isSameState(periodic, { ...periodic, deviceProfile: "plc-poll" }));
  });

  it("isn't told by a stream's beat", () => {
    assert.ok(isSameState({ pattern: "streaming", periodMs: 40 }, { pattern: "streaming" }));
  });
});
