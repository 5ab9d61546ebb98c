import { spawn } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createDockerEngine } from "../../../src/engine/dockerEngine.js";
import type { Engine } from "../../../src/ports/engine.js";
import { nullLogger } from "../../../src/util/log.js";
import { rejection } from "../../support/collect.js";
import type { SocketServer } from "../../support/socketServer.js";
import { serveAnswers, serveSocket } from "../../support/socketServer.js";

const id = "ab".repeat(32);
const answer = (body: string, type = "application/json", extra = "") =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\n${extra}` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Peers that misbehave in every way that a client of docker-modem would not survive (research/perf section 4). */
describe("an engine that misbehaves", () => {
  const servers: SocketServer[] = [];
  const engines: Engine[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const engine of engines.splice(0)) engine.dispose();
    for (const server of servers.splice(0)) await server.close();
  });
  const engineAt = (path: string, timeouts = { connectMs: 300, operationMs: 300 }) => {
    const engine = createDockerEngine({ kind: "unix", path }, { log: nullLogger, timeouts });
    engines.push(engine);
    return engine;
  };
  /** For what has to work: on a busy machine nothing else is as short as a deadline under test. */
  const patient = { connectMs: 10_000, operationMs: 10_000 };
  const serve = async (made: Promise<SocketServer>) => {
    const server = await made;
    servers.push(server);
    return server;
  };
  const timed = async (work: Promise<unknown>) => {
    const begun = performance.now();
    const error = await rejection(work);
    return { error, ms: performance.now() - begun };
  };

  it("accepts and never answers: every call ends at its deadline", async () => {
    const engine = engineAt((await serve(serveSocket(() => undefined))).path, {
      connectMs: 100,
      operationMs: 300,
    });
    const ping = await timed(engine.ping());
    expect(ping.error).toMatchObject({ code: "ENGINE_TIMEOUT" });
    expect(ping.ms).toBeGreaterThanOrEqual(95);
    expect(ping.ms).toBeLessThan(290);
    for (const work of [
      () => engine.listContainers("x"),
      () => engine.startContainer(id),
      () => engine.exec(id, { command: ["true"] }),
      () => engine.putArchive(id, "/", Buffer.alloc(10)),
      () => engine.getArchive(id, "/"),
      () => engine.logs(id, {})[Symbol.asyncIterator]().next(),
      () => engine.events("x", new AbortController().signal)[Symbol.asyncIterator]().next(),
    ]) {
      const { error, ms } = await timed(work());
      expect(error).toMatchObject({ code: "ENGINE_TIMEOUT" });
      expect(ms).toBeLessThan(600);
    }
  });

  it("a wait and a commit have no deadline, and end with their signal", async () => {
    const engine = engineAt((await serve(serveSocket(() => undefined))).path, {
      connectMs: 20,
      operationMs: 20,
    });
    const giveUp = new AbortController();
    const reason = new Error("enough");
    let settled = 0;
    const work = [
      engine.waitContainer(id, giveUp.signal),
      engine.commitContainer(id, { reference: "x", pause: false }, giveUp.signal),
    ].map((one) => rejection(one).finally(() => settled++));
    await rejection(engine.listContainers("x"));
    await rejection(engine.listContainers("x"));
    expect(settled).toBe(0);
    giveUp.abort(reason);
    expect(await Promise.all(work)).toEqual([reason, reason]);
  });

  it.each([
    ["before the answer", ""],
    ["amid the head", "HTTP/1.1 200 OK\r\nContent-Ty"],
    [
      "amid the body",
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{"Id":',
    ],
    ["amid a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nabc"],
  ])("drops the connection %s: rejects within 100 ms", async (_when, text) => {
    let dropped = 0;
    const server = await serve(
      serveAnswers((_head, socket) => {
        const drop = () => {
          dropped = performance.now();
          socket.destroy();
        };
        if (text) socket.write(text, () => setTimeout(drop, 30));
        else drop();
      }),
    );
    const error = await rejection(
      engineAt(server.path, { connectMs: 5000, operationMs: 5000 }).listContainers("x"),
    );
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(performance.now() - dropped).toBeLessThan(100);
  });

  it("stalls amid the body: the deadline ends it", async () => {
    const server = await serve(
      serveAnswers((_head, socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")),
    );
    expect(await rejection(engineAt(server.path).listContainers("x"))).toMatchObject({
      code: "ENGINE_TIMEOUT",
    });
  });

  it("an abort amid the body rejects with its reason", async () => {
    const giveUp = new AbortController();
    const reason = new Error("enough");
    const server = await serve(
      serveAnswers((_head, socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[");
        setTimeout(() => giveUp.abort(reason), 20);
      }),
    );
    expect(await rejection(engineAt(server.path).listContainers("x", giveUp.signal))).toBe(reason);
  });

  it.each([
    ["bad JSON", answer("[{not json"), "ENGINE_FAILED"],
    ["an object where a list is due", answer("{}"), "ENGINE_FAILED"],
    ["a page of a proxy", answer("<html>", "text/html"), "ENGINE_FAILED"],
    [
      "a redirect",
      "HTTP/1.1 301 Moved\r\nLocation: http://nowhere.invalid/\r\nContent-Length: 0\r\n\r\n",
      "ENGINE_FAILED",
    ],
    [
      "500 HTML",
      "HTTP/1.1 500 X\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
      "ENGINE_FAILED",
    ],
    ["503 and nothing", "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", "ENGINE_FAILED"],
    ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "ENGINE_FAILED"],
  ])("answers %s", async (_what, text, code) => {
    const server = await serve(serveAnswers((_head, socket) => socket.end(text)));
    const error = await rejection(engineAt(server.path).listContainers("x"));
    expect(error).toMatchObject({ code });
    expect(error.message).not.toContain("<html>\n");
  });

  it("closed a kept-alive socket: a GET is sent once more, a POST is not", async () => {
    let served = 0;
    const server = await serve(
      serveAnswers((head, socket) => {
        served++;
        // Each connection answers once, and dies at its second request.
        if (served % 2 === 0) socket.destroy();
        else socket.write(head.startsWith("POST") ? "HTTP/1.1 204 No\r\n\r\n" : answer("[]"));
      }),
    );
    const engine = engineAt(server.path);
    expect(await engine.listContainers("x")).toEqual([]);
    expect(await engine.listContainers("x")).toEqual([]);
    expect(served).toBe(3);
    served = 1;
    expect(await rejection(engine.startContainer(id))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  it("reuses its connection", async () => {
    const server = await serve(serveAnswers((_head, socket) => socket.write(answer("[]"))));
    const engine = engineAt(server.path, patient);
    for (let i = 0; i < 10; i++) await engine.listContainers("x");
    expect(server.accepted).toBe(1);
    await Promise.all(Array.from({ length: 100 }, () => engine.listContainers("x")));
    expect(server.accepted).toBeLessThanOrEqual(16);
  });

  it("open streams do not make a short request wait", async () => {
    const server = await serve(
      serveAnswers((head, socket) => {
        if (head.includes("/events")) socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        else socket.write(answer("[]"));
      }),
    );
    const engine = engineAt(server.path, patient);
    // Of its own each: Node warns of a leak where forty wait for one signal.
    const streams = Array.from({ length: 40 }, () =>
      engine.events("x", new AbortController().signal)[Symbol.asyncIterator](),
    );
    for (const stream of streams) expect((await stream.next()).value).toEqual({ type: "connected" });
    const pending = streams.map((stream) => rejection(stream.next()));
    expect(await engine.listContainers("x")).toEqual([]);
    server.drop();
    for (const error of await Promise.all(pending))
      expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  it("ends the event stream in good order: that is a loss too", async () => {
    const server = await serve(
      serveAnswers((_head, socket) =>
        socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      ),
    );
    const events = engineAt(server.path).events("x", new AbortController().signal)[Symbol.asyncIterator]();
    await events.next();
    expect(await rejection(events.next())).toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  it("keeps every event of a burst for a reader that is slow", async () => {
    const count = 5000;
    const line = (n: number) =>
      `${JSON.stringify({ Type: "container", Action: "start", Actor: { ID: String(n), Attributes: { k: "v" } }, time: 1 })}\n`;
    const text = Array.from({ length: count }, (_, n) => line(n)).join("");
    const server = await serve(
      serveAnswers((_head, socket) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
      }),
    );
    const events = engineAt(server.path).events("k", new AbortController().signal)[Symbol.asyncIterator]();
    await events.next();
    for (let n = 0; n < count; n++) expect((await events.next()).value).toMatchObject({ id: String(n) });
    await events.return?.();
  });

  it("is disposed: calls under way reject, and so do later ones", async () => {
    const engine = engineAt((await serve(serveSocket(() => undefined))).path, {
      connectMs: 9000,
      operationMs: 9000,
    });
    const waiting = rejection(engine.waitContainer(id));
    const listing = rejection(engine.listContainers("x"));
    const stream = rejection(engine.events("x", new AbortController().signal)[Symbol.asyncIterator]().next());
    await new Promise((resolve) => setImmediate(resolve));
    engine.dispose();
    for (const work of [waiting, listing, stream, rejection(engine.ping())]) {
      expect(await work).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    }
  });

  it.each([
    [true, "ENGINE_FAILED", `has lost the command that ran in the container ${id.slice(0, 12)}`],
    [false, "NOT_FOUND", `There is no container ${id.slice(0, 12)}.`],
  ])("forgets a command whose container is there: %s", async (isThere, code, says) => {
    const execId = "cd".repeat(32);
    const none = (what: string) =>
      answer(JSON.stringify({ message: `No such ${what}` })).replace("200 OK", "404 Not Found");
    const server = await serve(
      serveAnswers((head, socket) => {
        const path = head.split(" ")[1] ?? "";
        if (path === `/exec/${execId}/start`) socket.end(answer("", "application/vnd.docker.raw-stream"));
        else if (path === `/exec/${execId}/json`) socket.write(none(`exec instance: ${execId}`));
        else if (path === `/containers/${id}/exec`) socket.write(answer(JSON.stringify({ Id: execId })));
        else socket.write(isThere ? answer("{}") : none(`container: ${id}`));
      }),
    );
    const error = await rejection(engineAt(server.path).exec(id, { command: ["true"] }));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(says);
    expect(error.message).not.toContain(execId.slice(0, 12));
  });

  it("no socket, a stale socket", async () => {
    const { path } = await serve(serveSocket(() => undefined));
    expect(await rejection(engineAt(`${path}-none`).ping())).toMatchObject({ code: "ENGINE_NOT_FOUND" });
    const stale = `${path}-stale`;
    const script = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
    await new Promise((resolve) => spawn(process.execPath, ["-e", script, stale]).once("exit", resolve));
    const error = await rejection(engineAt(stale).ping());
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(error.message).toContain("is not running");
  });

  it("too old: UNSUPPORTED", async () => {
    const old = answer("OK", "text/plain").replace("1.41", "1.40").replace("20.10.24", "19.03.15");
    const server = await serve(serveAnswers((_head, socket) => socket.write(old)));
    const error = await rejection(engineAt(server.path).ping());
    expect(error).toMatchObject({ code: "UNSUPPORTED" });
    expect(error.message).toContain("19.03.15");
  });

  it("hides its version: it is asked for it", async () => {
    const server = await serve(
      serveAnswers((head, socket) => {
        if (head.startsWith("GET /version")) socket.write(answer('{"Version":"28.1.0","ApiVersion":"1.49"}'));
        else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
      }),
    );
    expect(await engineAt(server.path).ping()).toMatchObject({ version: "28.1.0", apiVersion: "1.49" });
  });

  it.each<Record<string, string>>([
    { DOCKER_HOST: "tcp://127.0.0.1:1" },
    { DOCKER_HOST: "ssh://nobody@nowhere.invalid" },
    { DOCKER_HOST: "not a url at all: ://" },
    { DOCKER_HOST: "tcp://127.0.0.1:1", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/nosuch" },
    { DOCKER_HOST: "tcp://127.0.0.1:1", DOCKER_PATH_PREFIX: "/prefix", DOCKER_CLIENT_TIMEOUT: "1" },
    { DOCKER_CONTEXT: "nosuch" },
  ])("an explicit endpoint wins over %j", async (env) => {
    for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value);
    let path = "";
    const server = await serve(
      serveAnswers((head, socket) => {
        path = head.split(" ")[1] ?? "";
        setTimeout(() => socket.write(answer("OK", "text/plain")), 20);
      }),
    );
    expect(await engineAt(server.path).ping()).toMatchObject({ apiVersion: "1.41" });
    expect(path).toBe("/_ping");
  });
});
