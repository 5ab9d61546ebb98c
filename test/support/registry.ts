import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./preparedAgent.js";

/** A registry of this test alone: Debian's docker-registry, on this machine. */
export interface Registry {
  /** `127.0.0.1:port`: to a registry on loopback an engine also speaks plain HTTP. */
  host: string;
  /** The login that it wants, where it wants one. */
  login: { user: string; password: string };
  /** Stops the program; its port refuses connections from then on. What it holds goes. */
  close(): Promise<void>;
}

export interface RegistryOptions {
  /** Lets in nobody without the login. */
  auth?: boolean;
  /** In place of 127.0.0.1. */
  address?: string;
  /** Speaks TLS, with a certificate that nobody knows. */
  tls?: boolean;
}

/** The program; undefined where it could not be fetched (scripts/setup/registry.mjs). */
const program = process.env.AGENT_CONTAINERS_REGISTRY;

/** Why tests with a registry cannot run, in brackets; empty when they can. */
export const registryMissing = program
  ? ""
  : ` (skipped: ${process.env.AGENT_CONTAINERS_REGISTRY_SKIPPED ?? "AGENT_CONTAINERS_REGISTRY is not set"})`;

/** An address of this machine that is not loopback: with that one an engine insists on TLS. */
export function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  if (!found) throw new Error("this machine has no address but loopback");
  return found.address;
}

/** Starts a registry on a free port; resolves when it listens. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  if (!program) throw new Error("AGENT_CONTAINERS_REGISTRY is not set");
  const folder = await mkdtemp(join(tmpdir(), "ac-registry-"));
  const login = { user: "tester", password: randomBytes(8).toString("hex") };
  const config: Record<string, unknown> = {
    version: "0.1",
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: {
      addr: `${options.address ?? "127.0.0.1"}:0`,
      ...(options.tls && { tls: await selfSigned(folder) }),
    },
  };
  if (options.auth) {
    const path = join(folder, "htpasswd");
    await writeFile(path, `${login.user}:${await bcrypt(login.password)}\n`);
    config.auth = { htpasswd: { realm: "tests", path } };
  }
  // JSON is YAML.
  await writeFile(join(folder, "config.yml"), JSON.stringify(config));
  const child = spawn(program, ["serve", join(folder, "config.yml")], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    const read = (data: Buffer) => {
      said += data.toString();
      const found = /listening on ([\d.]+:\d+)/.exec(said)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("close", () => reject(new Error(`the registry ended:\n${said}`)));
  });
  return {
    host: address,
    login,
    async close() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As `htpasswd -B` writes it; by the C library, because Node has no bcrypt. */
async function bcrypt(password: string): Promise<string> {
  const made = await run("perl", ["-e", 'print crypt(<STDIN>, "\\$2b\\$05\\$" . ("a" x 22))'], password);
  if (!made.stdout.startsWith("$2b$")) throw new Error(`perl cannot make a bcrypt hash: ${made.stderr}`);
  return made.stdout;
}

async function selfSigned(folder: string): Promise<{ certificate: string; key: string }> {
  const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=tests"];
  const made = await run("openssl", [
    "req",
    "-x509",
    ...kind,
    "-days",
    "1",
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  return { certificate, key };
}
