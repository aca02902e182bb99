import { StitchError } from "../../core/errors.ts";
import { lockHolder } from "./lock-holder.ts";
import type { Fault } from "./sqlite-messages.ts";

/** Primary result codes (sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_OPENED = 14;
const NOT_A_DATABASE = 26;

/** Primary result code of an error of node:sqlite; 0 for any other error. */
function resultCode(error: unknown): number {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : 0;
}

/** Another connection is at it: worth a retry. */
export const isBusy = (error: unknown): boolean => [BUSY, LOCKED].includes(resultCode(error));

export const isDamage = (error: unknown): boolean => [CORRUPT, NOT_A_DATABASE].includes(resultCode(error));

/** The file, or what stands beside it, can't be opened to be written; SQLite doesn't say why. */
export const isUnopened = (error: unknown): boolean => [NOT_OPENED, READ_ONLY].includes(resultCode(error));

/** The connection may not be trusted any more. */
export const isBroken = (error: unknown): boolean => isDamage(error) || resultCode(error) === IO_ERROR;

const REASONS: Readonly<Record<number, (path: string) => string>> = {
  [BUSY]: (path) => `${lockHolder(path) ?? "another process"} keeps it locked`,
  [FULL]: () => "the disk is full",
};

/** What is told of any failure of the file. */
export function faultOf(error: unknown, path: string): Fault {
  if (error instanceof StitchError) return { code: error.code, message: error.message };
  const code = isDamage(error) ? "STORE_CORRUPT" : "STORE_UNAVAILABLE";
  const reason =
    REASONS[resultCode(error)]?.(path) ??
    (error instanceof Error ? error.message : String(error)).slice(0, 200);
  return { code, message: `session store "${path}": ${reason}` };
}
