import { readFileSync } from "node:fs";
import { StitchError } from "../../core/errors.ts";
import type { NatsSettings } from "./nats-connection.ts";

export type NatsLogin = Pick<NatsSettings, "user" | "password" | "token" | "creds">;

/** Begins the first of the two parts that `nsc generate creds` writes. */
const CREDS = /-+BEGIN NATS USER JWT-+/;

function readCreds(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    throw new StitchError("BAD_CONFIG", `credentials file "${path}" can't be read: ${code}`, { cause });
  }
  if (CREDS.test(text)) return text;
  throw new StitchError("BAD_CONFIG", `credentials file "${path}" must hold a NATS user's JWT and seed`);
}

/** How a client says who it is: by a credentials file, a user with a password, or a password alone, which is a token. */
export function natsLogin(
  credsFile: string | undefined,
  user: string | undefined,
  password: string | undefined,
): NatsLogin {
  if (credsFile !== undefined) return { creds: readCreds(credsFile) };
  if (user) return { user, password: password ?? "" };
  return password ? { token: password } : {};
}
