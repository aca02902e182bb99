import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "../../../src/adapters/clock.ts";
import { MqttLink } from "../../../src/adapters/mqtt/mqtt-link.ts";
import { LinkedGateway } from "../../../src/adapters/pool/linked-gateway.ts";
import { SessionDirectory } from "../../../src/adapters/pool/session-directory.ts";
import { sqliteStore } from "../../../src/adapters/store/session-store.ts";
import { heldBytes } from "../../support/held-bytes.ts";
import { settings } from "../../support/linked-pool.ts";
import { type MirrorBroker, mosquittoBroker } from "../../support/mirror-broker.ts";
import { mosquittoBinary } from "../../support/mosquitto.ts";
import type { StalledOrder, StalledReport } from "../../support/stalled-host.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const CHILD = fileURLToPath(new URL("../../support/stalled-host.ts", import.meta.url));
const MB = 1_048_576;
const INTAKE_BYTES = 4 * MB;
const BUFFER_BYTES = 24 * MB;
const SESSIONS = 40;
const PAYLOAD_BYTES = 10_000;
/** Offered while the host hangs: many times what anything may keep. */
const FLOOD_BYTES = 250 * MB;
/** What a process holds besides: code, and copies on their way to the broker; far less than the flood. */
const SLACK_BYTES = 64 * MB;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("a host whose flow hangs", function () {
  this.timeout(120_000);
  let broker: MirrorBroker;
  let folder: TemporaryFolder;
  let child: ChildProcess;
  const ends: (() => Promise<void>)[] = [];
  before(async function () {
    mosquittoBinary(this);
    broker = await mosquittoBroker();
    folder = temporaryFolder();
    child = fork(CHILD, [], { execArgv: ["--expose-gc"] });
  });
  after(async () => {
    for (const end of ends) await end();
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await broker.stop();
    folder.remove();
  });

  const tell = (order: StalledOrder): boolean => child.send(order);
  async function report(): Promise<StalledReport> {
    const answer = once(child, "message");
    tell("report");
    return ((await answer) as [StalledReport])[0];
  }
  async function reached(isReached: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isReached())) await new Promise((next) => setTimeout(next, 50));
  }

  it("keeps the memory of all bounded, tells its gateway, and loses nothing of what was taken over", async () => {
    const storePath = folder.file("s.sqlite");
    const link = new MqttLink({ pool: "pool", broker: { url: broker.url } });
    const store = sqliteStore(storePath);
    const gateway = new LinkedGateway(
      {
        settings: { ...settings, broker: broker.url },
        sessions: new SessionDirectory(100),
        link,
        records: store.records,
        clock: systemClock,
        random: { next: Math.random },
        onError: assert.fail,
      },
      link,
      store.records,
    );
    ends.push(
      () => gateway.close(),
      () => link.close(),
      () => store.close(),
    );
    gateway.setBuffer(BUFFER_BYTES);
    tell({ brokerUrl: broker.url, storePath, intakeBytes: INTAKE_BYTES });
    await reached(() => gateway.hosts().some(({ state }) => state === "up"));
    collectGarbage();
    const [ownBefore, before] = [heldBytes(), await report()];

    const taken = new Map<string, number[]>();
    let refused = 0;
    const count = FLOOD_BYTES / PAYLOAD_BYTES;
    for (let n = 0; n < count; n++) {
      const id = { sessionId: `cam-${n % SESSIONS}`, slot: 0 };
      gateway.take(id, 1, PAYLOAD_BYTES);
      const payload = { n, pixels: "x".repeat(PAYLOAD_BYTES) };
      const error = gateway.offer(id, { payload, bytes: PAYLOAD_BYTES, atMs: systemClock.now() });
      assert.ok(!(error instanceof Promise));
      if (error) refused++;
      else taken.set(id.sessionId, [...(taken.get(id.sessionId) ?? []), n]);
      if (n % 50 === 0) await new Promise((next) => setTimeout(next, 2));
    }
    await reached(async () => (await report()).refused > 0 && (gateway.status.halted ?? 0) > 0);
    const stalled = await report();
    const { retainedBytes, halted } = gateway.status;
    assert.ok(stalled.intakeBytes <= INTAKE_BYTES, `intake of ${stalled.intakeBytes} bytes`);
    const hostGrown = stalled.heldBytes - before.heldBytes;
    assert.ok(hostGrown < INTAKE_BYTES + SLACK_BYTES, `the host grew by ${hostGrown} bytes`);
    assert.ok(retainedBytes <= BUFFER_BYTES, `${retainedBytes} bytes retained`);
    collectGarbage();
    const grown = heldBytes() - ownBefore;
    assert.ok(grown < BUFFER_BYTES + SLACK_BYTES, `the gateway grew by ${grown} bytes`);
    assert.ok(refused > count / 2, `${refused} of ${count} refused`);
    assert.ok((halted ?? 0) > 0);

    tell("go on");
    await reached(() => gateway.status.retained === 0);
    const after = await report();
    assert.deepEqual(after.committed, Object.fromEntries(taken));
    assert.equal(after.intakeBytes, 0);
  });
});
