import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import ssh2 from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import { generateKeyPair } from "../../../src/ssh/keyPair.js";
import { login, withLogin } from "../../../src/ssh/login.js";

const hostKey = generateKeyPair("host");
const clientKey = generateKeyPair("client");

interface Rig {
  port: number;
  sockets: Set<Socket>;
}

/** A port whose n-th connection is `answer`ed. */
async function listening(answer: (socket: Socket, count: number) => void, port = 0): Promise<Rig> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    answer(socket, (count += 1));
    // Nobody would hear that the other side has ended.
    if (socket.listenerCount("data") === 0) socket.resume();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

/** An sshd in this process; the real one has its own suite in test/engine. */
function sshServer(key = hostKey): (socket: Socket) => void {
  const accepted = ssh2.utils.parseKey(clientKey.publicKey);
  if (accepted instanceof Error) throw accepted;
  const server = new ssh2.Server({ hostKeys: [key.privateKey] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (request) => {
      const good = request.method === "publickey" && request.key.data.equals(accepted.getPublicSSH());
      if (good && request.username === "agent") request.accept();
      else request.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const stream = acceptExec();
        if (command === "hang") return;
        if (command === "drop") return void client.end();
        if (command === "flood") return void stream.write(Buffer.alloc(9 * 1024 * 1024));
        stream.on("data", (chunk: Buffer) => stream.write(chunk));
        stream.on("end", () => {
          stream.stderr.write("bad news");
          stream.exit(7);
          stream.end();
        });
      });
    });
  });
  return (socket) => void server.injectSocket(socket);
}

const target = (port: number, change: Partial<Parameters<typeof login>[0]> = {}) => ({
  host: "127.0.0.1",
  port,
  user: "agent",
  privateKey: clientKey.privateKey,
  hostPublicKey: hostKey.publicKey,
  deadlineMs: 5_000,
  ...change,
});

const noneOpen = (rig: Rig) => expect.poll(() => rig.sockets.size).toBe(0);

describe("login", () => {
  it("succeeds with the key, and closes its connection", async () => {
    const rig = await listening(sshServer());
    expect(await login(target(rig.port))).toMatchObject({ attempts: 1 });
    await noneOpen(rig);
  });

  it("waits while the port takes connections and closes them, resets them, or breaks off after the banner", async () => {
    const answer = sshServer();
    const rig = await listening((socket, count) => {
      if (count <= 5) socket.end();
      else if (count <= 8) socket.resetAndDestroy();
      else if (count <= 10) socket.end("SSH-2.0-OpenSSH_9.2\r\n");
      else if (count <= 12) socket.end("Exceeded MaxStartups\r\n");
      else answer(socket);
    });
    const { attempts, elapsedMs } = await login(target(rig.port));
    expect(attempts).toBe(13);
    expect(elapsedMs).toBeLessThan(2_000);
    await noneOpen(rig);
  });

  it("waits for a port that refuses until something listens", async () => {
    const { port } = await freePort();
    const attempt = login(target(port));
    const answer = sshServer();
    let up = false;
    const clockwork = setTimeout(() => {
      up = true;
      void listening(answer, port);
    }, 150);
    onTestFinished(() => clearTimeout(clockwork));
    expect((await attempt).attempts).toBeGreaterThan(3);
    expect(up).toBe(true);
  });

  it("tries again after a connection that stays silent", async () => {
    const answer = sshServer();
    const rig = await listening((socket, count) => {
      if (count > 1) answer(socket);
    });
    expect(await login(target(rig.port))).toMatchObject({ attempts: 2 });
    await noneOpen(rig);
  });

  it("gives up at the deadline with SSH_UNREACHABLE: refused, silent, and stuck in the handshake", async () => {
    const { port } = await freePort();
    await expect(login(target(port, { deadlineMs: 100 }))).rejects.toMatchObject({
      code: "SSH_UNREACHABLE",
      message: expect.stringMatching(/refused/) as string,
      remedy: expect.any(String) as string,
    });
    for (const words of ["", "SSH-2.0-OpenSSH_9.2\r\n"]) {
      const rig = await listening((socket) => void socket.write(words));
      const start = Date.now();
      await expect(login(target(rig.port, { deadlineMs: 150 }))).rejects.toMatchObject({
        code: "SSH_UNREACHABLE",
      });
      expect(Date.now() - start).toBeLessThan(1_000);
      await noneOpen(rig);
    }
  });

  it("refuses another host key at once, and says which was shown", async () => {
    const other = generateKeyPair("other");
    const rig = await listening(sshServer(other));
    await expect(login(target(rig.port))).rejects.toMatchObject({
      code: "HOST_KEY_CHANGED",
      message: expect.stringMatching(
        new RegExp(
          `${other.fingerprint.replace(/[+/]/g, ".")}.*${hostKey.fingerprint.replace(/[+/]/g, ".")}`,
        ),
      ) as string,
    });
    await noneOpen(rig);
  });

  it("reports a refused key and a refused user as SSH_AUTH at once, without the key", async () => {
    const rig = await listening(sshServer());
    const stranger = generateKeyPair("stranger");
    for (const change of [{ privateKey: stranger.privateKey }, { user: "root" }, { privateKey: "no key" }]) {
      const start = Date.now();
      await expect(login(target(rig.port, change))).rejects.toMatchObject({ code: "SSH_AUTH" });
      expect(Date.now() - start).toBeLessThan(1_000);
    }
    await noneOpen(rig);
  });

  it("can be cancelled while it waits, and while it talks", async () => {
    const silent = await listening(() => undefined);
    const { port } = await freePort();
    for (const each of [silent.port, port]) {
      const stop = new AbortController();
      const attempt = login(target(each, { signal: stop.signal }));
      setTimeout(() => stop.abort(), 30);
      await expect(attempt).rejects.toMatchObject({ name: "AbortError" });
    }
    await expect(login(target(port, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      name: "AbortError",
    });
    await noneOpen(silent);
  });
});

describe("withLogin", () => {
  it("runs a command with input, and gives exit code and both streams", async () => {
    const rig = await listening(sshServer());
    const result = await withLogin(target(rig.port), (session) => session.run("echo", { stdin: "grün\0" }));
    expect(result).toEqual({ exitCode: 7, stdout: "grün\0", stderr: "bad news" });
    await noneOpen(rig);
  });

  it("rejects when the connection is lost under a command, and when the command is cancelled", async () => {
    const rig = await listening(sshServer());
    await expect(withLogin(target(rig.port), (session) => session.run("drop"))).rejects.toMatchObject({
      code: "SSH_UNREACHABLE",
    });
    const hanging = withLogin(target(rig.port), (session) =>
      session.run("hang", { signal: AbortSignal.timeout(30) }),
    );
    await expect(hanging).rejects.toMatchObject({ name: "TimeoutError" });
    const cancelled = withLogin(target(rig.port, { signal: AbortSignal.timeout(200) }), (session) =>
      session.run("hang"),
    );
    await expect(cancelled).rejects.toMatchObject({ name: "TimeoutError" });
    await noneOpen(rig);
  });

  it("holds only so much of what a command writes", async () => {
    const rig = await listening(sshServer());
    await expect(withLogin(target(rig.port), (session) => session.run("flood"))).rejects.toMatchObject({
      code: "EXEC_FAILED",
    });
    await noneOpen(rig);
  });

  it("closes the connection when the work throws", async () => {
    const rig = await listening(sshServer());
    await expect(withLogin(target(rig.port), () => Promise.reject(new Error("mine")))).rejects.toThrow(
      "mine",
    );
    await noneOpen(rig);
  });
});

/** A port that nothing listens on. */
async function freePort(): Promise<{ port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return { port };
}
