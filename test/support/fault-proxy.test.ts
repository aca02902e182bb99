import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { FaultProxy } from "./fault-proxy.ts";
import { until } from "./turns.ts";

describe("fault proxy (of the tests)", () => {
  let server: Server;
  let proxy: FaultProxy;
  let served: Socket[];
  let sockets: Socket[];
  beforeEach(async () => {
    [served, sockets] = [[], []];
    server = createServer((socket) => served.push(socket.on("error", () => undefined))).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    proxy = await FaultProxy.to((server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const socket of [...sockets, ...served]) socket.destroy();
    await proxy.close();
    server.close();
  });

  interface End {
    readonly socket: Socket;
    heard: string;
  }
  const listen = (socket: Socket): End => {
    const end = { socket, heard: "" };
    socket.on("data", (data) => {
      end.heard += data.toString();
    });
    return end;
  };
  async function join(): Promise<[near: End, far: End]> {
    const count = served.length;
    const near = connect(proxy.port, "127.0.0.1").on("error", () => undefined);
    sockets.push(near);
    await until(() => served.length > count);
    return [listen(near), listen(served[count] as Socket)];
  }

  it("carries both ways, in order", async () => {
    const [near, far] = await join();
    for (const text of ["a", "b", "c"]) near.socket.write(text);
    far.socket.write("x");
    await until(() => far.heard === "abc" && near.heard === "x");
  });

  it("holds one way and lets the other pass, until it is healed", async () => {
    const [near, far] = await join();
    proxy.hold("there");
    near.socket.write("late");
    far.socket.write("x");
    await until(() => near.heard === "x");
    assert.equal(far.heard, "");
    proxy.heal();
    await until(() => far.heard === "late");
  });

  it("is slow, and still in order", async () => {
    const [near, far] = await join();
    proxy.delay(30);
    const startMs = performance.now();
    near.socket.write("slow");
    await until(() => far.heard === "slow");
    assert.ok(performance.now() - startMs >= 29);
    near.socket.write("1");
    proxy.delay(0);
    near.socket.write("2");
    await until(() => far.heard === "slow12");
  });

  it("goes dead for what is connected, and for nothing else", async () => {
    const [near, far] = await join();
    proxy.deaden();
    near.socket.write("lost");
    const [other, its] = await join();
    other.socket.write("a");
    await until(() => its.heard === "a");
    assert.equal(far.heard, "");
    assert.equal(near.socket.destroyed, false);
  });

  it("cuts both ends", async () => {
    const [near, far] = await join();
    proxy.cut();
    await until(() => near.socket.destroyed && far.socket.destroyed);
  });
});
