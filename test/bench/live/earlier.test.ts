import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { earlierRuns } from "./earlier.ts";

const isNumber = (run: unknown): run is number => typeof run === "number";

describe("bench:live's earlier runs", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());
  const file = (name: string, text: string): string => {
    writeFileSync(folder.file(name), text);
    return folder.file(name);
  };

  it("are those of all files, in order", () => {
    const files = [file("a.json", '{ "runs": [1, 2] }'), file("b.json", '{ "runs": [3] }')];
    assert.deepEqual(earlierRuns(files, isNumber), [1, 2, 3]);
  });

  for (const text of ['{ "runs": ["x"] }', "{}"])
    it(`are not ${text}: the file is named`, () => {
      assert.throws(() => earlierRuns([file("none.json", text)], isNumber), /--with must be .*none\.json/);
    });
});
