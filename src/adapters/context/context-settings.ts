import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { quote, StitchError } from "../../core/errors.ts";
import { readStoreSettings } from "../../core/record/store-settings.ts";

/** `config` of the store in settings.js; Node-RED adds `settings`. All of it may be left out. */
export interface ContextConfig {
  /** File, which may be that of a session-store node; a relative one is taken from `dir`. */
  readonly path?: string;
  /** Folder; Node-RED's user folder if left out. */
  readonly dir?: string;
  /** "disk": the callback of `set` comes when the value is on disk; "local": at once. */
  readonly ack?: "disk" | "local";
  /** Name of this Node-RED among those that share the store; of its machine and user folder if left out. */
  readonly instance?: string;
  /** Let flows read the stitched sessions: `flow.get('$sessions["cam-7"][0].state', "<store>")`. */
  readonly sessions?: boolean;
  readonly settings?: { readonly userDir?: string };
}

export interface ContextSettings {
  /** Absolute. */
  readonly path: string;
  readonly ack: "local" | "durable";
  readonly instance: string;
  readonly sessions: boolean;
}

const bad = (what: string, value: unknown): never => {
  throw new StitchError("BAD_CONFIG", `contextStorage: ${what}, got ${quote(value)}`);
};

function folderOf({ dir, settings }: ContextConfig): string {
  const folder = dir ?? settings?.userDir ?? ".";
  return typeof folder === "string" && folder !== "" ? folder : bad("dir must name a folder", folder);
}

function instanceOf({ instance }: ContextConfig, folder: string): string {
  if (instance === undefined)
    return createHash("sha256")
      .update(`${hostname()}\n${resolve(folder)}`)
      .digest("hex")
      .slice(0, 12);
  const isName = typeof instance === "string" && /^[\w.-]{1,64}$/.test(instance);
  return isName ? instance : bad("instance must be 1 to 64 letters, digits, . _ or -", instance);
}

/** Throws StitchError `BAD_CONFIG` that names the field. */
export function readContextSettings(config: ContextConfig = {}): ContextSettings {
  const { ack = "disk" } = config;
  if (ack !== "disk" && ack !== "local") return bad('ack must be "disk" or "local"', ack);
  const { sessions = false } = config;
  if (typeof sessions !== "boolean") return bad("sessions must be true or false", sessions);
  const { path } = readStoreSettings(config.path === undefined ? {} : { path: config.path });
  const folder = folderOf(config);
  return {
    path: resolve(folder, path),
    ack: ack === "disk" ? "durable" : "local",
    instance: instanceOf(config, folder),
    sessions,
  };
}
