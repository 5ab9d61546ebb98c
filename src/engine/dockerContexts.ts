import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Endpoint, TlsFiles } from "../model/endpoint.js";
import { parseEndpoint } from "../model/endpoint.js";
import { AgentError, messageOf } from "../model/errors.js";

/** A Docker context, as far as it reaches an engine. */
export interface DockerContext {
  name: string;
  description: string;
  /** Absent when it cannot be used; `problem` then says why. */
  endpoint?: Endpoint;
  problem?: string;
}

const metaFile = z.object({
  Name: z.string(),
  Metadata: z.object({ Description: z.string().optional() }).catch({}),
  Endpoints: z.object({
    docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().catch(false) }),
  }),
});
const configFile = z.object({ currentContext: z.string().catch("") });

/**
 * The context `name` in the Docker configuration folder `configDir`, as the Docker CLI stores it:
 * `contexts/meta/<sha256 of the name>/meta.json`, TLS files under `contexts/tls/<sha256>/docker/`.
 * `ENGINE_NOT_FOUND`, naming it, when it is missing or cannot be read.
 */
export async function readContext(
  configDir: string,
  name: string,
): Promise<DockerContext & { endpoint: Endpoint }> {
  const digest = createHash("sha256").update(name).digest("hex");
  const path = join(configDir, "contexts", "meta", digest, "meta.json");
  const text = await readIfPresent(path).catch((error: unknown) => {
    throw contextError(name, `${path} cannot be read (${messageOf(error)})`, error);
  });
  if (text === undefined) throw contextError(name, "it does not exist");
  const meta = metaFile.safeParse(parseJson(text));
  if (!meta.success) throw contextError(name, `${path} is malformed`, meta.error);
  const { Host, SkipTLSVerify } = meta.data.Endpoints.docker;
  const tls = await findTls(join(configDir, "contexts", "tls", digest, "docker"), !SkipTLSVerify);
  try {
    const endpoint = parseEndpoint(Host, tls);
    return { name: meta.data.Name, description: meta.data.Metadata.Description ?? "", endpoint };
  } catch (error) {
    throw contextError(name, messageOf(error), error);
  }
}

/** All contexts of `configDir` by name, for a choice; one that cannot be used is there with the reason. */
export async function readContexts(configDir: string): Promise<DockerContext[]> {
  const root = join(configDir, "contexts", "meta");
  const digests = await readdir(root).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const contexts = await Promise.all(
    digests.map(async (digest): Promise<DockerContext> => {
      const text = await readIfPresent(join(root, digest, "meta.json")).catch(() => undefined);
      const named = z
        .object({ Name: z.string() })
        .safeParse(text === undefined ? undefined : parseJson(text));
      const name = named.success ? named.data.Name : digest.slice(0, 12);
      try {
        return await readContext(configDir, name);
      } catch (error) {
        return { name, description: "", problem: messageOf(error) };
      }
    }),
  );
  return contexts.sort((a, b) => a.name.localeCompare(b.name));
}

/** `currentContext` of the CLI's `config.json`; undefined when there is none. A malformed file is an error. */
export async function readCurrentContext(configDir: string): Promise<string | undefined> {
  const path = join(configDir, "config.json");
  const fail = (why: string, cause?: unknown) =>
    new AgentError("ENGINE_NOT_FOUND", `The Docker configuration ${path} ${why}.`, {
      remedy: "Repair it, or choose the engine in the setting agentContainers.engine.",
      cause,
    });
  const text = await readIfPresent(path).catch((error: unknown) => {
    throw fail(`cannot be read (${messageOf(error)})`, error);
  });
  if (!text?.trim()) return undefined;
  const config = configFile.safeParse(parseJson(text));
  if (!config.success) throw fail("is malformed", config.error);
  return config.data.currentContext || undefined;
}

/** The certificate files that are in `folder`, or undefined when there are none. */
async function findTls(folder: string, verify: boolean): Promise<TlsFiles | undefined> {
  const find = async (file: string) =>
    (await fileExists(join(folder, file))) ? join(folder, file) : undefined;
  const [ca, cert, key] = await Promise.all([find("ca.pem"), find("cert.pem"), find("key.pem")]);
  if (!ca && !cert && !key) return undefined;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), verify };
}

/** True for anything at `path`: a socket, a pipe, a file. What may not be looked at is taken to be there. */
export async function fileExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !isMissing(error),
  );
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/** True where there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    // Editors on Windows leave a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    return undefined;
  }
}

function contextError(name: string, why: string, cause?: unknown): AgentError {
  return new AgentError("ENGINE_NOT_FOUND", `The Docker context "${name}" cannot be used: ${why}.`, {
    remedy: "See docker context ls, or choose another engine in the setting agentContainers.engine.",
    field: "engine",
    cause,
  });
}
