import assert from "node:assert/strict";
import fc from "fast-check";
import { PoolTopics, topicLevel } from "../../../src/adapters/mqtt/topics.ts";

/** Names as devices and users have them, and as they should not. */
const names = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("/", "+", "#", "$", "%", "\0", "\ud800", "\udc00", "a", "é", "😀", "2", "F"),
  }),
  fc.string({ minLength: 200, maxLength: 700 }),
);

describe("topics", () => {
  it("are what the documentation says", () => {
    const topics = new PoolTopics("hall 2");
    assert.equal(topics.heartbeat("host-1"), "stitch/hall 2/hosts/host-1");
    assert.equal(topics.heartbeats, "stitch/hall 2/hosts/+");
    assert.equal(topics.toHost("host-1"), "stitch/hall 2/to/host-1");
    assert.equal(topics.toGateway("a/b"), "stitch/hall 2/gw/a%2Fb");
    assert.equal(topicLevel("$SYS/+/#\0%"), "%24SYS%2F%2B%2F%23%00%25");
    assert.equal(topicLevel("Küche 😀"), "Küche 😀");
    assert.equal(topicLevel("\ud800"), "%ED%A0%80");
  });

  it("are one level whatever the name: not empty, no separator, no wildcard, bounded, UTF-8", () => {
    fc.assert(
      fc.property(names, (name) => {
        const level = topicLevel(name);
        assert.doesNotMatch(level, /^$|[/+#$\0]/);
        assert.doesNotMatch(level, /\p{Cs}/u);
        assert.ok(Buffer.byteLength(level) <= 400, level);
      }),
    );
  });

  it("differ where names differ", () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        assert.equal(topicLevel(a) === topicLevel(b), a === b);
      }),
      { numRuns: 1000 },
    );
    const long = "x".repeat(300);
    assert.notEqual(topicLevel(`${long}a`), topicLevel(`${long}b`));
    assert.notEqual(topicLevel("/"), topicLevel("%2F"));
    assert.notEqual(topicLevel("\ud800"), topicLevel("%ED%A0%80"));
  });
});
