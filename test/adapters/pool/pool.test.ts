import assert from "node:assert/strict";
import { Pool, type PoolOptions } from "../../../src/adapters/pool/pool.ts";
import { SparseErrors } from "../../../src/adapters/pool/sparse-errors.ts";
import { StitchError } from "../../../src/core/errors.ts";
import type { LinkState } from "../../../src/core/record/stream-link.ts";
import { readHostSettings } from "../../../src/core/stitch/host-settings.ts";
import { readPoolSettings } from "../../../src/core/stitch/pool-settings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryLink } from "../../support/memory-link.ts";
import { MemoryRecords } from "../../support/memory-records.ts";
import { seededRandom } from "../../support/seeded-random.ts";

/** A link whose state and peers the test plays. */
class PlayedLink extends MemoryLink {
  tellState: (state: LinkState, reason?: string) => void = () => undefined;
  tellBadInput: (error: Error) => void = () => undefined;

  override onState(listener?: (state: LinkState, reason?: string) => void): () => void {
    if (listener) this.tellState = listener;
    return () => undefined;
  }

  override onBadInput(listener?: (error: Error) => void): () => void {
    if (listener) this.tellBadInput = listener;
    return () => undefined;
  }
}

const broker = "mqtt://127.0.0.1:1883";
const hostSettings = readHostSettings({});

describe("Pool", () => {
  const link = new PlayedLink();
  const said: string[] = [];
  let opened = 0;
  const pools: Pool[] = [];
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
    said.length = 0;
    opened = 0;
  });
  const make = (options: Partial<PoolOptions> = {}): Pool => {
    const pool = new Pool({
      settings: readPoolSettings({ broker }),
      records: () => new MemoryRecords(),
      openLink: () => {
        opened++;
        return link;
      },
      clock: new FakeClock(),
      random: seededRandom(1),
      warn: (text) => said.push(text),
      info: (text) => said.push(text),
      ...options,
    });
    pools.push(pool);
    return pool;
  };

  it("gives all of its nodes one host's end, and a new one after that was closed", () => {
    const pool = make();
    assert.equal(pool.hostRuntime, undefined);
    const runtime = pool.host(hostSettings);
    assert.equal(pool.hostRuntime, runtime);
    runtime.close();
    assert.equal(pool.hostRuntime, undefined);
    assert.notEqual(pool.host(hostSettings), runtime);
    assert.equal(opened, 1, "over one link");
  });

  it("refuses a second host beside the first, also one of the same name", () => {
    const pool = make();
    pool.host(hostSettings);
    assert.throws(() => pool.host(hostSettings), { code: "BAD_CONFIG" });
    assert.throws(() => pool.host({ ...hostSettings, host: "other" }), {
      code: "BAD_CONFIG",
      message: /it has a receive node for host-1, another asks for other/,
    });
  });

  it("says what is missing: broker or store", () => {
    const noStore = { code: "BAD_CONFIG", message: /the pool has no session-store/ };
    const noBroker = { code: "BAD_CONFIG", message: /the pool has no broker/ };
    assert.throws(() => make({ records: () => undefined }).host(hostSettings), noStore);
    assert.throws(() => make({ records: () => undefined }).gateway(), noStore);
    assert.throws(() => make({ settings: readPoolSettings({}) }).host(hostSettings), noBroker);
  });

  it("says when its link goes down, why, and when it is back", () => {
    make().host(hostSettings);
    link.tellState("down", "no broker listens there");
    link.tellState("connecting");
    link.tellState("up");
    assert.deepEqual(said, [
      `no link to ${broker}: no broker listens there. Trying again.`,
      `connected to ${broker}`,
    ]);
  });

  it("says goodbye and closes its link, once", async () => {
    const pool = make();
    pool.host(hostSettings).start();
    await Promise.all([pool.close(), pool.close()]);
    assert.equal(link.announced.get("host-1")?.state, "gone");
    assert.equal(link.state, "closed");
    assert.throws(() => pool.host(hostSettings), { code: "LINK_DOWN" });
  });

  it("says what malformed input comes, not as often as it comes", () => {
    make().host(hostSettings);
    for (let i = 0; i < 1000; i++) link.tellBadInput(new StitchError("BAD_ENVELOPE", `bad ${i}`));
    assert.deepEqual(said, ["bad 0"]);
  });
});

describe("SparseErrors", () => {
  it("says the first of each kind, then one per interval with the count of the others", () => {
    const clock = new FakeClock();
    const said: string[] = [];
    const errors = new SparseErrors(clock, (text) => said.push(text));
    errors.add(new StitchError("BAD_ENVELOPE", "a"));
    errors.add(new StitchError("BAD_ENVELOPE", "b"));
    errors.add(new StitchError("BAD_HEARTBEAT", "c"));
    errors.add(new TypeError("d"));
    clock.advance(9999);
    errors.add(new StitchError("BAD_ENVELOPE", "e"));
    clock.advance(1);
    errors.add(new StitchError("BAD_ENVELOPE", "f"));
    assert.deepEqual(said, ["a", "c", "d", "f (and 2 more like it)"]);
  });
});
