import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExample } from "../../../src/demo/flows.ts";
import { requireBuilt, root } from "../../build/built-palette.ts";
import { eventually } from "../../compat/checks.ts";
import { type RedProcess, startRed } from "../../compat/red-process.ts";
import { userDirWithPalette } from "../../support/linked-palette.ts";

const bcrypt = createRequire(import.meta.url)("bcryptjs") as {
  hashSync(text: string, rounds: number): string;
};
const USERS = {
  admin: "*",
  reader: "read",
  drainer: ["session-stitching.read", "session-stitching.drain"],
  stranger: ["flows.read"],
} as const;
type User = keyof typeof USERS;
const ORDERS = {
  drain: { host: "host-3", on: true },
  pin: { sessionId: "nobody" },
  pause: { on: false },
  "dry-run": { on: false },
} as const;

describe("admin routes in a Node-RED with users", function () {
  this.timeout(90_000);
  let folder: string;
  let red: RedProcess;
  let pool: string;
  const tokens = new Map<User, string>();

  const ask = (user: User | undefined, path: string, init: RequestInit = {}): Promise<Response> => {
    const authorization = user && { authorization: `Bearer ${tokens.get(user)}` };
    const headers = { "content-type": "application/json", ...authorization };
    return fetch(`${red.url}/session-stitching/${path}`, { ...init, headers });
  };
  const order = (user: User | undefined, action: keyof typeof ORDERS): Promise<Response> =>
    ask(user, `pools/${pool}/${action}`, { method: "POST", body: JSON.stringify(ORDERS[action]) });

  before(async function () {
    requireBuilt(this);
    folder = mkdtempSync(join(tmpdir(), "admin-"));
    const users = Object.entries(USERS).map(([username, permissions]) => ({
      username,
      password: bcrypt.hashSync(username, 4),
      permissions,
    }));
    const nodeRed = join(root, "node_modules", "node-red");
    const settings = { adminAuth: { type: "credentials", users } };
    red = await startRed({ node: process.execPath, nodeRed, userDir: userDirWithPalette(folder), settings });
    for (const [username, permissions] of Object.entries(USERS) as [User, string | readonly string[]][]) {
      const scope = typeof permissions === "string" ? permissions : permissions.join(" ");
      const user = { username, password: username, scope };
      const grant = { client_id: "node-red-admin", grant_type: "password", ...user };
      const { access_token } = (await (await red.post("/auth/token", grant)).json()) as {
        access_token: string;
      };
      tokens.set(username, access_token);
    }
    const authorization = `Bearer ${tokens.get("admin")}`;
    await red.post("/flows", readExample("1-quick-start"), { authorization });
    pool = await eventually("the pool runs", 30_000, async () => {
      const { pools } = (await (await ask("admin", "pools")).json()) as {
        pools: { id: string; isGateway: boolean }[];
      };
      return pools.find(({ isGateway }) => isGateway)?.id;
    });
  });
  after(async () => {
    await red?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("shows nothing to nobody, and nothing to those who may not look", async () => {
    for (const path of ["pools", `pools/${pool}`, `pools/${pool}/sessions`, "metrics", "stores"]) {
      assert.equal((await ask(undefined, path)).status, 401, path);
      assert.equal((await ask("stranger", path)).status, 401, path);
    }
  });

  it("lets readers look", async () => {
    for (const path of [
      "pools",
      `pools/${pool}`,
      `pools/${pool}/sessions`,
      `pools/${pool}/decisions`,
      "metrics",
      "stores",
    ])
      assert.equal((await ask("reader", path)).status, 200, path);
  });

  it("refuses every action to readers, and each to those who lack its permission", async () => {
    for (const action of Object.keys(ORDERS) as (keyof typeof ORDERS)[]) {
      assert.equal((await order(undefined, action)).status, 401, action);
      assert.equal((await order("reader", action)).status, 401, action);
      assert.equal((await order("drainer", action)).status, action === "drain" ? 200 : 401, action);
      assert.equal((await order("admin", action)).status, 200, action);
    }
  });

  it("says what is wrong with a request, and does not fall over it", async () => {
    const bad = [
      [`pools/${pool}/drain`, { host: "nowhere", on: true }, /nowhere/],
      [`pools/${pool}/drain`, { host: 7, on: true }, /host must be/],
      [`pools/${pool}/pause`, {}, /on must be/],
      [`pools/${pool}/pin`, [], /JSON object/],
      [`pools/${pool}/pin`, { sessionId: "__proto__", host: "host-1" }, /no open slot/],
    ] as const;
    for (const [path, body, wanted] of bad) {
      const response = await ask("admin", path, { method: "POST", body: JSON.stringify(body) });
      assert.ok(response.status === 400 || response.status === 404, path);
      assert.match(((await response.json()) as { message: string }).message, wanted);
    }
    assert.equal((await ask("admin", `pools/${pool}/sessions?sort=password`)).status, 400);
    assert.equal((await ask("admin", `pools/${pool}/sessions?size=1000000`)).status, 400);
    assert.equal((await ask("admin", "pools/nothing")).status, 404);
  });

  it("knows no pool of the flows that were there before a redeploy", async () => {
    const authorization = `Bearer ${tokens.get("admin")}`;
    await red.post("/flows", [], { authorization });
    await eventually("the pool is gone", 20_000, async () => {
      const { pools } = (await (await ask("admin", "pools")).json()) as { pools: unknown[] };
      return pools.length === 0;
    });
  });
});
