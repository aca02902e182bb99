import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const html = readFileSync("nodes/session-stitching.html", "utf8");
const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? "";

/** Values of every property that can hold a colour, by rule. */
const colored = [
  ...style.matchAll(/(?:^|[;{])\s*((?:border|outline|background|color|fill|stroke)[\w-]*)\s*:\s*([^;}]+)/gm),
].map(([, name, value = ""]) => `${name}: ${value.trim()}`);

describe("style of the sidebar", () => {
  it("has the editor's own colours only, so that each theme fits", () => {
    assert.ok(colored.length > 30);
    const foreign = colored.filter((rule) => {
      const rest = rule.replace(/var\(--red-ui-[\w-]+\)/g, "");
      return /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab)\(|: *(?:[a-z]+ )*(?:black|white|gr[ae]y|red|green|blue|orange|yellow)\b/i.test(
        rest,
      );
    });
    assert.deepEqual(foreign, []);
  });

  it("loads nothing", () => assert.doesNotMatch(html, /@import|url\(|src=/));
});
