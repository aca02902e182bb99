import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StitchError } from "../../core/errors.ts";

/** What its owner must correct: it does not come right by itself, as a full disk may. */
const REASONS: Readonly<Record<string, (folder: string) => string>> = {
  EACCES: (folder) => `no permission for "${folder}" (EACCES)`,
  EPERM: (folder) => `no permission for "${folder}" (EPERM)`,
  EROFS: (folder) => `"${folder}" is on a read-only disk (EROFS)`,
  ENOTDIR: (folder) => `"${folder}" is no folder`,
  ENAMETOOLONG: () => "a name in it is too long (ENAMETOOLONG)",
  ELOOP: () => "its symbolic links lead in a circle (ELOOP)",
};

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

const found = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

function refusal(path: string, reason: string, cause?: unknown): StitchError {
  const text = `session store: path must name a file that can be written, got "${path}": ${reason}`;
  return new StitchError("BAD_CONFIG", text, { cause });
}

/** Throws what `step` throws, as a refusal of the path where its owner must correct that. */
function attempt<Result>(path: string, at: string, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    const reason = REASONS[codeOf(error)]?.(at);
    throw reason === undefined ? error : refusal(path, reason, error);
  }
}

function makeFolder(path: string, folder: string): void {
  const above = dirname(folder);
  attempt(path, above, () => {
    try {
      mkdirSync(folder);
    } catch (error) {
      const code = codeOf(error);
      // Another process was quicker.
      if (code === "EEXIST") return;
      // The one above is there: it is one of a virtual file system.
      if (code === "ENOENT") throw refusal(path, `no folder can be made in "${above}" (ENOENT)`, error);
      throw error;
    }
  });
}

/**
 * Makes the folder of a file, and sees that no folder or device is in the file's place. Not by `recursive` of Node's
 * mkdir, which never returns below /proc (a folder is there, and yet none can be made in it). Throws StitchError `BAD_CONFIG` where its owner must correct the path.
 */
export function preparePlace(path: string): void {
  const missing: string[] = [];
  let folder = dirname(path);
  for (; ; folder = dirname(folder)) {
    const at = folder;
    const stats = attempt(path, dirname(at), () => found(at));
    if (stats?.isDirectory()) break;
    if (stats) throw refusal(path, `"${at}" is no folder`);
    // A drive that isn't there (Windows).
    if (dirname(at) === at) throw refusal(path, `there is no "${at}"`);
    missing.unshift(at);
  }
  for (const each of missing) makeFolder(path, each);
  const stats = attempt(path, dirname(path), () => found(path));
  if (stats && !stats.isFile())
    throw refusal(path, stats.isDirectory() ? "it is a folder" : "it is no plain file");
}

/** Makes a file of another name: closing one's own descriptor of a store's would drop the locks that SQLite has on it. */
function tryToMakeFileIn(folder: string): void {
  const probe = join(folder, `.stitch-${randomUUID()}`);
  closeSync(openSync(probe, "wx"));
  unlinkSync(probe);
}

/** Why a file that couldn't be opened can't be, if its owner must correct that. */
export function flawOfPlace(path: string): StitchError | undefined {
  const folder = dirname(path);
  try {
    if (found(path)) attempt(path, path, () => accessSync(path, constants.R_OK | constants.W_OK));
    // Also where the file is there: its log stands beside it.
    attempt(path, folder, () => tryToMakeFileIn(folder));
    return undefined;
  } catch (error) {
    if (error instanceof StitchError) return error;
    // The folder is there: it is one of a virtual file system.
    return codeOf(error) === "ENOENT"
      ? refusal(path, `no file can be made in "${folder}" (ENOENT)`, error)
      : undefined;
  }
}
