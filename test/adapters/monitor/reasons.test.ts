import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { orderDecision } from "../../../src/adapters/monitor/operator-order.ts";
import { inPercent, REASONS, readReason, reasonText } from "../../../src/adapters/monitor/reasons.ts";
import { reasonText as planReason } from "../../../src/core/stitch/planner/plan-reason.ts";

type Phrases = Readonly<Record<string, string>>;

function phrasesIn(language: string): Phrases {
  const file = `nodes/locales/${language}/session-stitching.json`;
  const catalogue = JSON.parse(readFileSync(file, "utf8")) as Record<string, { readonly reason: Phrases }>;
  return catalogue["session-stitching"]?.reason ?? {};
}

/** As the sidebar fills a text of the catalogue. */
function tellerIn(language: string) {
  const phrases = phrasesIn(language);
  return (key: string, values: Phrases): string =>
    (phrases[key.replace("reason.", "")] ?? "").replace(
      /\{(\w+)\}/g,
      (_, name: string) => values[name] ?? "",
    );
}
const english = tellerIn("en-US");
const german = tellerIn("de");

/** A name as a host or a session may have it. */
const name = fc.stringMatching(/^[a-z0-9 .:;/_-]{1,20}$/);
const planned = fc.record({
  from: name,
  to: name,
  sessionId: name,
  peak: fc.double({ min: 0, max: 9, noNaN: true }),
  adds: fc.double({ min: 0, max: 9, noNaN: true }),
  inMs: fc.integer({ min: 0, max: 600_000 }),
  verb: fc.constantFrom("moved" as const, "mirrored" as const),
  slots: fc.integer({ min: 1, max: 9 }),
  ofSlots: fc.integer({ min: 1, max: 16 }),
  toPeak: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }),
});

describe("reasons of decisions", () => {
  it("read in English as the runtime says them, whatever names are in them", () => {
    fc.assert(
      fc.property(planned, fc.constantFrom("", "dry run: "), (parts, prefix) => {
        const reason = `${prefix}${planReason(parts)}`;
        assert.equal(reasonText(english, reason), reason);
      }),
    );
  });

  it("tell shares of a capacity in percent, as the bars and plots do", () => {
    const reason = "a peak 1.12 at +10 s, b adds 0.01, moved 1/1 slot to host-1 0.22";
    const told = "a peak 112 % at +10 s, b adds 1 %, moved 1/1 slot to host-1 22 %";
    const text = reasonText(inPercent(english), reason);
    assert.equal(text.replaceAll("\u00a0", " "), told);
    const dry = reasonText(inPercent(english), `dry run: ${reason}`);
    assert.equal(dry.replaceAll("\u00a0", " "), `dry run: ${told}`);
    assert.equal(
      reasonText(inPercent(english), "host-1: 3 heartbeats missed"),
      "host-1: 3 heartbeats missed",
    );
  });

  it("know each plan's reason, in a dry run and given up, too", () => {
    fc.assert(
      fc.property(planned, (parts) => {
        const reason = planReason(parts);
        for (const said of [reason, `dry run: ${reason}`, `${reason}; host-3 did not get warm`])
          assert.ok(readReason(said), said);
      }),
    );
  });

  it("are told in German", () => {
    const reason = "dry run: host-1 peak 0.93 at +15 s, cam-7 adds 0.21, moved 4/8 slots to host-2 0.61";
    assert.equal(
      reasonText(german, reason),
      "Probelauf: host-1: Spitze 0.93 in 15 s, cam-7 trägt 0.21 bei, 4/8 Slots verschoben nach host-2 0.61",
    );
    assert.equal(
      reasonText(german, "a peak 1.00 at +5 s, b adds 0.50, mirrored 1/1 slot to c (capacity unknown)"),
      "a: Spitze 1.00 in 5 s, b trägt 0.50 bei, 1/1 Slot gespiegelt auf c (Kapazität unbekannt)",
    );
  });

  it("know what people asked for", () => {
    for (const on of [true, false])
      for (const order of [
        { action: "drain", host: "host-1", on },
        { action: "pin", sessionId: "cam-1", ...(on && { host: "host-1" }) },
        { action: "pause", on },
        { action: "dry-run", on },
      ] as const)
        assert.ok(readReason(orderDecision(order).reason), orderDecision(order).reason);
  });

  it("are left alone where they are not known", () => {
    assert.equal(reasonText(german, "somebody else's planner said so"), "somebody else's planner said so");
    assert.equal(reasonText(german, ""), "");
  });

  it("are in the English catalogue word by word", () => {
    const known = Object.entries(REASONS).map(([key, phrase]) => [key, phrase.replaceAll("{#", "{")]);
    assert.deepEqual(phrasesIn("en-US"), Object.fromEntries(known));
  });
});
