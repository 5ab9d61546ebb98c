import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import type { Server } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Endpoint, TlsFiles } from "../../src/model/endpoint.js";
import { nullLogger } from "../../src/util/log.js";
import { createRig } from "../contract/rig.js";
import { collector, rejection } from "../support/collect.js";
import { testSocketPath } from "../support/testEngine.js";

/** The real engine behind TLS that wants a client certificate, as dockerd's --tlsverify has it. */
describe("tcp with TLS", () => {
  let folder = "";
  let server: Server;
  const raw = new Set<Socket>();
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });

  const makeCa = (name: string) =>
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}-key.pem`,
      "-out",
      `${name}.pem`,
    );
  const makeCertificate = async (name: string, extension: string) => {
    await openssl(
      "req",
      "-newkey",
      "ed25519",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-addext",
      extension,
      "-keyout",
      `${name}-key.pem`,
      "-out",
      `${name}.csr`,
    );
    await openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-copy_extensions",
      "copy",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca-key.pem",
      "-CAcreateserial",
      "-out",
      `${name}.pem`,
    );
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ac-tls-"));
    await Promise.all([makeCa("ca"), makeCa("other")]);
    await makeCertificate("server", "subjectAltName=IP:127.0.0.1");
    await makeCertificate("client", "extendedKeyUsage=clientAuth");
    const [key, cert, ca] = await Promise.all(
      ["server-key.pem", "server.pem", "ca.pem"].map((name) => readFile(file(name))),
    );
    server = createServer(
      { key, cert, ca, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true },
      (socket) => {
        const upstream = connect({ path: testSocketPath(), allowHalfOpen: true });
        for (const one of [socket, upstream]) one.on("error", () => undefined);
        socket.on("close", () => upstream.destroy());
        upstream.on("close", () => socket.destroy());
        socket.pipe(upstream).pipe(socket);
      },
    );
    // A handshake that fails may leave its socket open at this end.
    server.on("connection", (socket: Socket) => raw.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    for (const socket of raw) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  const engineWith = (tls: TlsFiles | undefined, host = "127.0.0.1") => {
    const { port } = server.address() as AddressInfo;
    const endpoint: Endpoint = { kind: "tcp", host, port, ...(tls && { tls }) };
    return createDockerEngine(endpoint, { log: nullLogger });
  };
  const client = () => ({ cert: file("client.pem"), key: file("client-key.pem") });
  const failure = async (tls: TlsFiles | undefined, host?: string) => {
    const engine = engineWith(tls, host);
    const error = await rejection(engine.ping());
    engine.dispose();
    return error;
  };

  it("works with the right certificates, streams and input included", async () => {
    const engine = engineWith({ ca: file("ca.pem"), ...client(), verify: true });
    const rig = createRig(engine);
    try {
      expect((await engine.ping()).apiVersion).toMatch(/^1\./);
      const id = await rig.running();
      const out = collector();
      await engine.exec(id, { command: ["cat"], stdin: Buffer.from("through TLS"), stdout: out.stream });
      expect(out.text()).toBe("through TLS");
    } finally {
      await rig.cleanUp();
      engine.dispose();
    }
  });

  it("works without verifying the server, where that is asked for", async () => {
    const engine = engineWith({ ...client(), verify: false });
    expect((await engine.ping()).apiVersion).toMatch(/^1\./);
    engine.dispose();
  });

  it("ENGINE_TLS for an unknown authority, another host's certificate, and none of ours", async () => {
    expect(await failure({ ca: file("other.pem"), ...client(), verify: true })).toMatchObject({
      code: "ENGINE_TLS",
    });
    expect(await failure({ ca: file("ca.pem"), ...client(), verify: true }, "localhost")).toMatchObject({
      code: "ENGINE_TLS",
    });
    expect(await failure({ ca: file("ca.pem"), verify: true })).toMatchObject({ code: "ENGINE_TLS" });
    expect(await failure({ ca: file("client.csr"), ...client(), verify: true })).toMatchObject({
      code: "ENGINE_TLS",
    });
  });

  it("never hangs where plain HTTP meets TLS", async () => {
    expect(await failure(undefined)).toMatchObject({ name: "AgentError" });
  });
});
