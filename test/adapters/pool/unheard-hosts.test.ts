import assert from "node:assert/strict";
import { createGateway } from "../../../src/adapters/pool/gateway-runtime.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settings } from "../../support/linked-pool.ts";
import { MemoryLink } from "../../support/memory-link.ts";
import { MemoryRecords } from "../../support/memory-records.ts";
import { seededRandom } from "../../support/seeded-random.ts";

for (const [state, code, text] of [
  ["up", "NO_HOST", /no host of pool pool was heard in 10 s/],
  ["down", "LINK_DOWN", /the broker of pool pool was not reached in 10 s/],
] as const)
  describe(`a gateway that hears no host, its link ${state}`, () => {
    it("takes messages for a while, then says what is to be mended", async () => {
      const clock = new FakeClock(1e12);
      const link = new MemoryLink();
      link.state = state;
      const gateway = createGateway({
        settings,
        sessions: new SessionDirectory(100),
        link,
        records: new MemoryRecords(),
        clock,
        random: seededRandom(1),
        onError: () => undefined,
      });
      const offer = async (): Promise<Error | undefined> =>
        gateway.offer({ sessionId: "cam-7", slot: 0 }, { payload: 1, bytes: 1, atMs: clock.now() });
      assert.equal(await offer(), undefined);
      clock.advance(10_000);
      const error = (await offer()) as (Error & { code?: string }) | undefined;
      assert.equal(error?.code, code);
      assert.match(error?.message ?? "", text);
      link.state = "down";
      await gateway.close();
    });
  });
