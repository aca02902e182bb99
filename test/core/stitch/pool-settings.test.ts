import assert from "node:assert/strict";
import fc from "fast-check";
import { StitchError } from "../../../src/core/errors.ts";
import { readPoolSettings } from "../../../src/core/stitch/pool-settings.ts";

const row = { name: "host-1", messagesPerSec: "50", bytesPerSec: "", weight: "2" };
// As Node-RED leaves them where the variable isn't set.
const unset = (name: string): string => ["$", "{", name, "}"].join("");

describe("pool settings", () => {
  it("have defaults for every field, wired and predictive", () => {
    assert.deepEqual(readPoolSettings({}), {
      name: "pool",
      hosts: [],
      discover: true,
      threshold: 0.85,
      leadTimeMs: 15_000,
      stepMs: 5000,
      dwellMs: 45_000,
      maxSessions: 10_000,
      minimalRateBps: 64,
      dryRun: false,
      policy: "predictive",
      spareHost: false,
      standby: false,
    });
  });

  it("take an empty field, or a variable that isn't set, for the default", () => {
    const fields = { name: "", broker: unset("BROKER"), threshold: unset("T"), stepMs: "", policy: "" };
    assert.deepEqual(readPoolSettings(fields), readPoolSettings({}));
  });

  it("read what the dialog saves", () => {
    const { hosts, broker, dwellMs, dryRun } = readPoolSettings({
      hosts: [row, { name: "b", messagesPerSec: "", bytesPerSec: "1e6", weight: "" }],
      broker: " mqtts://broker.example:8883 ",
      tls: "abc",
      dwellMs: "0",
      dryRun: true,
    });
    assert.deepEqual(hosts, [
      { host: "host-1", capacity: { messagesPerSec: 50 }, weight: 2 },
      { host: "b", capacity: { bytesPerSec: 1_000_000 }, weight: 1 },
    ]);
    assert.equal(broker, "mqtts://broker.example:8883");
    assert.equal(dwellMs, 0);
    assert.equal(dryRun, true);
  });

  it("say which field is wrong, its unit and what it holds", () => {
    const wrong = [
      [{ name: " " }, 'name must be a text of 1 to 64 characters, got " "'],
      [{ hosts: "a" as never }, 'hosts must be a list of at most 256, got "a"'],
      [{ hosts: [null as never] }, "host 1 must be an object, got null"],
      [
        { hosts: [{ ...row, name: "a/b" }] },
        'host 1: name must be 1 to 64 letters, digits, . _ or -, got "a/b"',
      ],
      [{ hosts: [row, row] }, 'hosts must have different names, got "host-1"'],
      [
        { hosts: [{ ...row, weight: "0" }] },
        'host 1 (host-1): weight must be 0.001 to 1000 (relative), got "0"',
      ],
      [
        { hosts: [{ ...row, messagesPerSec: "x" }] },
        'host 1 (host-1): messages per second must be a number > 0, or empty, got "x"',
      ],
      [
        { broker: "broker:1883" },
        'broker must be mqtt://host:port or mqtts://host:port, or empty, got "broker:1883"',
      ],
      [
        { broker: "mqtt://h:70000" },
        'broker must be mqtt://host:port or mqtts://host:port, or empty, got "mqtt://h:70000"',
      ],
      [
        { broker: "mqtt://h", tls: "abc" },
        'broker must begin with mqtts:// where a TLS configuration is chosen, got "mqtt://h"',
      ],
      [{ threshold: "1" }, 'threshold must be 0.1 to 0.99 of capacity, got "1"'],
      [{ leadTimeMs: "soon" }, 'lead time must be 100 to 3600000 ms, got "soon"'],
      [{ stepMs: "-1" }, 'step must be 100 to 600000 ms, got "-1"'],
      [{ dwellMs: " " }, 'dwell must be 0 to 86400000 ms, got " "'],
      [{ maxSessions: "1.5" }, 'sessions must be a whole number 1 to 1000000 remembered, got "1.5"'],
      [{ minimalRate: "0" }, 'minimal rate must be 1 to 1000000 bytes/s, got "0"'],
      [{ dryRun: "yes" as never }, 'dry run must be true or false, got "yes"'],
      [{ spareHost: 1 as never }, "spare host must be true or false, got 1"],
      [{ policy: "best" }, 'policy must be "static", "reactive" or "predictive", got "best"'],
    ] as const;
    for (const [fields, message] of wrong)
      assert.throws(() => readPoolSettings(fields), { code: "BAD_CONFIG", message });
  });

  it("never repeat a password", () => {
    assert.throws(
      () => readPoolSettings({ broker: "mqtt://me:secret@h" }),
      (error: Error) => {
        assert.doesNotMatch(error.message, /secret/);
        assert.match(error.message, /must not hold a user or password/);
        return true;
      },
    );
  });

  it("throw nothing but StitchErrors, and let only sane values through", () => {
    const anything = fc.oneof(fc.anything(), fc.double().map(String), fc.string());
    const fields = fc.record(
      {
        name: anything,
        hosts: fc.oneof(
          anything,
          fc.array(fc.record({ name: anything, weight: anything, bytesPerSec: anything })),
        ),
        discover: anything,
        broker: anything,
        tls: anything,
        threshold: anything,
        maxSessions: anything,
        minimalRate: anything,
        policy: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (input) => {
        try {
          const { threshold, maxSessions, hosts } = readPoolSettings(input as never);
          assert.ok(threshold > 0 && threshold < 1);
          assert.ok(Number.isInteger(maxSessions) && maxSessions >= 1);
          assert.ok(hosts.every(({ weight }) => weight > 0 && Number.isFinite(weight)));
        } catch (error) {
          assert.ok(error instanceof StitchError, String(error));
        }
      }),
    );
  });
});
