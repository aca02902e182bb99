import assert from "node:assert/strict";
import * as fc from "fast-check";
import { helpText, parseOptions, UsageError } from "../../src/demo/options.ts";

const refusal = (args: readonly string[]): string => {
  try {
    parseOptions(args);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error(`accepted ${args.join(" ")}`);
};

describe("parseOptions", () => {
  it("has a default for everything", () => {
    assert.deepEqual(parseOptions([]), {
      traces: [],
      speed: 1,
      hosts: 3,
      capacity: undefined,
      policy: "predictive",
      kills: [],
      headless: false,
      forSeconds: undefined,
      seed: 1,
      reportFile: undefined,
      port: 0,
      help: false,
    });
  });

  it("takes the options of the issue", () => {
    const line =
      "--trace a.csv,b.csv.gz --speed 600 --hosts 4 --capacity 50 --policy reactive --kill host-2@20 --kill host-4@2.5";
    const options = parseOptions([
      ...line.split(" "),
      ..."--headless --for 60 --seed 7 --report r.json --port 1880".split(" "),
    ]);
    assert.deepEqual(options.traces, ["a.csv", "b.csv.gz"]);
    assert.deepEqual(options.kills, [
      { host: "host-2", atSeconds: 20 },
      { host: "host-4", atSeconds: 2.5 },
    ]);
    const { speed, hosts, capacity, policy, headless, forSeconds, seed, reportFile, port } = options;
    assert.deepEqual(
      { speed, hosts, capacity, policy, headless, forSeconds, seed, reportFile, port },
      {
        speed: 600,
        hosts: 4,
        capacity: 50,
        policy: "reactive",
        headless: true,
        forSeconds: 60,
        seed: 7,
        reportFile: "r.json",
        port: 1880,
      },
    );
  });

  it("names the option, the unit and the value of what is wrong", () => {
    assert.equal(
      refusal(["--speed", "fast"]),
      '--speed must be a number from 0.001 to 1000000000 (times real time), got "fast"',
    );
    assert.equal(refusal(["--hosts", "0"]), '--hosts must be a whole number from 1 to 32 (hosts), got "0"');
    assert.equal(
      refusal(["--hosts", "2.5"]),
      '--hosts must be a whole number from 1 to 32 (hosts), got "2.5"',
    );
    assert.equal(
      refusal(["--capacity", "-3"].join("=").split(" ")),
      '--capacity must be a number from 1 to 100000 (messages/s), got "-3"',
    );
    assert.equal(
      refusal(["--policy", "best"]),
      '--policy must be static, reactive or predictive, got "best"',
    );
    assert.equal(refusal(["--kill", "host-2"]), '--kill must be HOST@SECONDS, e.g. host-2@20, got "host-2"');
    assert.equal(
      refusal(["--kill", "host-9@2"]),
      '--kill: host must be one of host-1 to host-3, got "host-9"',
    );
    assert.equal(
      refusal(["--kill", "host-1@soon"]),
      '--kill must be a number from 0 to 86400 (seconds after @), got "soon"',
    );
    assert.equal(refusal(["--trace", "a.csv,,b.csv"]), '--trace must name a file, got "a.csv,,b.csv"');
    assert.equal(
      refusal(["--port", "70000"]),
      '--port must be a whole number from 0 to 65535 (TCP port, 0 = any), got "70000"',
    );
  });

  it("points an unknown option or a missing value to --help", () => {
    assert.match(refusal(["--sped", "2"]), /--sped.*--help lists the options$/su);
    assert.match(refusal(["--speed"]), /--speed.*--help lists the options$/su);
    assert.match(refusal(["trace.csv"]), /trace\.csv.*--help lists the options$/su);
  });

  it("says every option in --help", () => {
    for (const name of "trace speed hosts capacity policy kill headless for seed report port help".split(
      " ",
    )) {
      assert.ok(helpText.includes(`  --${name}`), name);
    }
    assert.equal(parseOptions(["--help"]).help, true);
  });

  it("throws nothing but a UsageError of one line, whatever is typed", () => {
    const flag = fc.constantFrom(
      "--trace",
      "--speed",
      "--hosts",
      "--capacity",
      "--policy",
      "--kill",
      "--for",
      "--seed",
      "--report",
      "--port",
    );
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("", "NaN", "Infinity", "0x10", "1e999", "-1", "__proto__", "host-1@", "@1"),
    );
    const word = fc.oneof(
      flag,
      value,
      fc.tuple(flag, value).map(([name, text]) => `${name}=${text}`),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (args) => {
        try {
          parseOptions(args);
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
          assert.ok(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(error.message), JSON.stringify(error.message));
        }
      }),
      { examples: [[["\r"]], [["a\nb"]], [["\u001b[2J"]], [["--seed=\u001b[2J"]]] },
    );
  });

  it("never lets a number through that is out of its range", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double().map(String), fc.string()), (text) => {
        try {
          const { hosts, capacity = 1 } = parseOptions([`--hosts=${text}`, `--capacity=${text}`]);
          assert.ok(Number.isInteger(hosts) && hosts >= 1 && hosts <= 32);
          assert.ok(capacity >= 1 && capacity <= 100_000);
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
        }
      }),
    );
  });
});
