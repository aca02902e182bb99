import assert from "node:assert/strict";
import { mosquittoBinary } from "../../support/mosquitto.ts";
import { haproxyBinary, playHaproxy } from "./haproxy.ts";

describe("bench:live behind HAProxy", function () {
  this.timeout(60_000);

  it("brings each message of the fleet to a host and out again, connections spread evenly", async function () {
    const mosquitto = mosquittoBinary(this);
    const haproxy = haproxyBinary();
    if (!haproxy) {
      process.stderr.write("SKIPPED: haproxy is not installed (apt-get install haproxy)\n");
      return this.skip();
    }
    const cost = { costMs: 2, cpuMs: 0.01, roundsPerMs: 1000 };
    const { signal } = new AbortController();
    const run = { haproxy, mosquitto, seed: 1, seconds: 4, hosts: 2, cost, signal };
    const { sent, lost, perHost, outcome } = await playHaproxy(run);
    assert.ok(sent > 50, `${sent} sent`);
    assert.equal(lost, 0);
    for (const [host, count] of Object.entries(perHost)) assert.ok(count > 0, `${host} got ${count}`);
    assert.ok(outcome.p50Ms > 0);
  });
});
