/** Packs the palette and installs it as a user would: with npm, into a fresh user directory. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly name: string;
  readonly "node-red": { readonly nodes: Readonly<Record<string, string>> };
};
export const packageName: string = manifest.name;
export const nodeTypes: readonly string[] = Object.keys(manifest["node-red"].nodes);

const QUIET = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

function npm(cwd: string, ...args: string[]): string {
  try {
    return execFileSync("npm", [...args, ...QUIET], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`npm ${args.join(" ")} failed:\n${stderr ?? String(error)}`);
  }
}

/** Packs what `npm run build` left in dist; resolves with the tarball's path. */
export function packPalette(into: string): string {
  const out = npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", into);
  const [packed] = JSON.parse(out) as { readonly filename: string }[];
  if (!packed) throw new Error("npm pack made no tarball");
  return join(into, packed.filename);
}

/** A folder whose package.json is its own, so that npm installs there and nowhere above. */
export function freshFolder(parent: string, name: string): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${name}-`));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "license": "UNLICENSED" }\n');
  return folder;
}

/** Installs one package from the registry; the folder of the installed package. */
export function installPackage(folder: string, name: string, range: string, ...flags: string[]): string {
  npm(folder, "install", `${name}@${range}`, "--no-package-lock", "--ignore-scripts", ...flags);
  return join(folder, "node_modules", name);
}

export function installTarball(userDir: string, tarball: string): void {
  npm(userDir, "install", tarball, "--no-package-lock", "--omit=dev");
}

/** Version of an installed package. */
export const versionOf = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
