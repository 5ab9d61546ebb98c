import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { promisify } from "node:util";
import { testSocketPath } from "./testEngine.js";

/** The tests' engine behind TLS that wants a client certificate, as dockerd's --tlsverify has it, with a CA of its own. */
export interface TlsEngineRig {
  port: number;
  /** The address, as the engine is named here. */
  endpoint: string;
  /** A file of the rig: `ca.pem`, `client.pem`, `client-key.pem`; `other.pem`, an authority that signed none of them. */
  file(name: string): string;
  /** Stores a Docker context with the certificates in the configuration folder `configDir`, as `docker context create`. */
  writeContext(configDir: string, name: string): Promise<void>;
  /** Goes away as a machine that is switched off: what is open breaks, nobody listens. */
  close(): Promise<void>;
  /** Comes back at the same port. */
  open(): Promise<void>;
  stop(): Promise<void>;
}

async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  const key = (name: string) => ["-newkey", "ed25519", "-nodes", "-keyout", `${name}-key.pem`];
  for (const name of ["ca", "other"])
    await openssl("req", "-x509", ...key(name), "-subj", `/CN=${name}`, "-out", `${name}.pem`);
  for (const [name, extension] of [
    ["server", "subjectAltName=IP:127.0.0.1"],
    ["client", "extendedKeyUsage=clientAuth"],
  ] as const) {
    await openssl("req", ...key(name), "-subj", `/CN=${name}`, "-addext", extension, "-out", `${name}.csr`);
    const ca = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial"];
    await openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-copy_extensions",
      "copy",
      ...ca,
      "-out",
      `${name}.pem`,
    );
  }
}

/** Listens on a free port of loopback. `socket` is the engine's; default: the tests' engine's. */
export async function startTlsEngine(socket = testSocketPath()): Promise<TlsEngineRig> {
  const folder = await mkdtemp(join(tmpdir(), "ac-tls-"));
  const file = (name: string) => join(folder, name);
  await makeCertificates(folder);
  const [key, cert, ca] = await Promise.all(
    ["server-key.pem", "server.pem", "ca.pem"].map((name) => readFile(file(name))),
  );
  const sockets = new Set<Socket>();
  let server: Server;
  const listen = async (port: number): Promise<number> => {
    const options = { key, cert, ca, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true };
    server = createServer(options, (near) => {
      const far = connect({ path: socket, allowHalfOpen: true });
      for (const one of [near, far]) one.on("error", () => one.destroy());
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
      near.pipe(far).pipe(near);
    });
    server.on("tlsClientError", () => undefined);
    // Below the handshake, because one that fails may leave its socket open at this end.
    server.on("connection", (raw: Socket) => {
      sockets.add(raw);
      raw.on("close", () => sockets.delete(raw));
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const raw of sockets) raw.destroy();
    await closed;
  };
  const port = await listen(0);
  return {
    port,
    endpoint: `tcp://127.0.0.1:${port}`,
    file,
    async writeContext(configDir, name) {
      const digest = createHash("sha256").update(name).digest("hex");
      const meta = join(configDir, "contexts", "meta", digest);
      const tls = join(configDir, "contexts", "tls", digest, "docker");
      await Promise.all([mkdir(meta, { recursive: true }), mkdir(tls, { recursive: true })]);
      const docker = { Host: `tcp://127.0.0.1:${port}`, SkipTLSVerify: false };
      await writeFile(
        join(meta, "meta.json"),
        JSON.stringify({ Name: name, Metadata: { Description: "Behind TLS" }, Endpoints: { docker } }),
      );
      await copyFile(file("ca.pem"), join(tls, "ca.pem"));
      await copyFile(file("client.pem"), join(tls, "cert.pem"));
      await copyFile(file("client-key.pem"), join(tls, "key.pem"));
    },
    close,
    async open() {
      await listen(port);
    },
    async stop() {
      if (server.listening) await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
