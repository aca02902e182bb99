import assert from "node:assert/strict";
import fc from "fast-check";
import { LoadMeter } from "../../../src/adapters/pool/load-meter.ts";
import { HEARTBEAT_MS, HostTable } from "../../../src/core/route/host-table.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { hostLoad } from "../../support/host-load.ts";

const HOST = "host-1";
const DECLARED = 100;
const SLOTS = 8;
const FOUND_MS = 30_000;

/** A host whose flow works on one message after the other; its meter and the gateway's table see what they see. */
class Worker {
  readonly #clock = new FakeClock(1000);
  readonly #meter = new LoadMeter(this.#clock);
  readonly #table = new HostTable({
    declared: [{ host: HOST, weight: 1, capacity: { messagesPerSec: DECLARED } }],
    discover: false,
  });
  #waiting = 0;
  #inFlow = 0;
  #due = 0;
  #work = 0;

  /** `arriving` and `serving`: messages/s. */
  run(forMs: number, arriving: number, serving: number): number {
    for (let ms = 0; ms < forMs; ms++) {
      this.#clock.advance(1);
      for (this.#due += arriving / 1000; this.#due >= 1; this.#due--) this.#waiting++;
      this.#handOver();
      this.#serve(serving / 1000);
      if (this.#clock.now() % HEARTBEAT_MS === 0) this.#beat();
    }
    return this.#table.standing(HOST)?.capacity.messagesPerSec ?? 0;
  }

  #handOver(): void {
    for (; this.#inFlow < SLOTS && this.#waiting > 0; this.#waiting--) {
      this.#inFlow++;
      this.#meter.delivered();
    }
  }

  #serve(messages: number): void {
    this.#work = this.#inFlow === 0 ? 0 : this.#work + messages;
    for (; this.#work >= 1 && this.#inFlow > 0; this.#work--) {
      this.#inFlow--;
      this.#meter.finished();
    }
  }

  #beat(): void {
    const { serviceRatePerSec } = this.#meter.sample();
    const pending = this.#waiting + this.#inFlow;
    const rate = serviceRatePerSec === undefined ? undefined : { serviceRatePerSec };
    this.#table.heartbeat(hostLoad({ host: HOST, pending, ...rate }), this.#clock.now());
  }

  close(): void {
    this.#meter.close();
  }
}

describe("a host's capacity", () => {
  let worker: Worker;
  beforeEach(() => {
    worker = new Worker();
  });
  afterEach(() => worker.close());

  const isHalf = (found: number): boolean => Math.abs(found - DECLARED / 2) <= 0.1 * DECLARED;

  it("is found within 30 s where the host is half as fast as declared", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 400 }), (arriving) => {
        const fresh = new Worker();
        const found = fresh.run(FOUND_MS, arriving, DECLARED / 2);
        fresh.close();
        assert.ok(isHalf(found), `${found} found at ${arriving} messages/s`);
      }),
      { numRuns: 50 },
    );
  });

  it("is found within 30 s where the host was measured fast, and then is half as fast", () => {
    assert.ok(Math.abs(worker.run(FOUND_MS, 120, DECLARED) - DECLARED) < 5);
    worker.run(FOUND_MS, 10, DECLARED);
    const found = worker.run(FOUND_MS, 80, DECLARED / 2);
    assert.ok(isHalf(found), `${found}`);
  });

  it("is what is declared as long as the host has little to do", () => {
    assert.equal(worker.run(FOUND_MS, 20, DECLARED / 2), DECLARED);
  });
});
