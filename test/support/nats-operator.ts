/** A nats-server's operator mode, as `nsc` would set it up: what makes credentials files work. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}
interface Nkeys {
  createOperator(): KeyPair;
  createAccount(): KeyPair;
  createUser(): KeyPair;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JWT as NATS signs them: by an nkey, version 2 of its claims. */
function jwt(issuer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const claims = { iat: 1, iss: issuer.getPublicKey(), name, sub: subject.getPublicKey() };
  const jti = createHash("sha256")
    .update(JSON.stringify([claims, nats]))
    .digest("hex");
  const text = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part({ jti, ...claims, nats: { ...nats, version: 2 } })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString("base64url")}`;
}

/** Writes the server's configuration; the text of a credentials file of one user of one account. */
export async function operatorMode(
  folder: string,
): Promise<{ readonly config: string; readonly creds: string }> {
  // Comes with the client packages, which are optional.
  const name: string = "@nats-io/nkeys";
  const nkeys = (await import(name)) as Nkeys;
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const limits = {
    subs: -1,
    data: -1,
    payload: -1,
    conn: -1,
    leaf: -1,
    imports: -1,
    exports: -1,
    wildcards: true,
  };
  const streams = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accounts = [
    [system, jwt(operator, system, "SYS", { type: "account", limits })],
    [account, jwt(operator, account, "PLANT", { type: "account", limits: { ...limits, ...streams } })],
  ] as const;
  const config = join(folder, "operator.conf");
  const preload = accounts.map(([key, text]) => `${key.getPublicKey()}: ${text}`).join("\n");
  writeFileSync(
    config,
    `operator: ${jwt(operator, operator, "OP", { type: "operator", system_account: system.getPublicKey() })}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: {\n${preload}\n}\n`,
  );
  const userJwt = jwt(account, user, "gateway", { type: "user", subs: -1, data: -1, payload: -1 });
  const creds = `-----BEGIN NATS USER JWT-----
${userJwt}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${Buffer.from(user.getSeed()).toString()}
------END USER NKEY SEED------
`;
  return { config, creds };
}
