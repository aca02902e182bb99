import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageName, root } from "../compat/install.ts";

/** A user directory that finds the built palette without a tarball being packed. */
export function userDirWithPalette(folder: string): string {
  const place = join(folder, "node_modules", packageName);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  symlinkSync(root, place, "dir");
  return folder;
}
