import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { AgentError, messageOf } from "../model/errors.js";
import { secretSource, type SecretSource } from "../model/secretSource.js";
import { readSecret, type SecretReader } from "./readSecret.js";

/** Names of secrets, and where each comes from. */
export type SecretSources = Readonly<Record<string, SecretSource>>;

const record = z.strictObject({
  version: z.literal(1),
  /** The engine's name, for finding records whose agent is gone. */
  engine: z.string(),
  name: z.string(),
  secrets: z.record(z.string(), secretSource),
});

/** What is kept on this machine of one agent's secrets. */
export interface SecretRecord {
  agentId: string;
  engine: string;
  name: string;
  secrets: SecretSources;
}

/**
 * This machine's side of secrets: what their sources lead to now, and which sources each agent has, so that a later
 * start can deliver them again. A record is a file of mode 0600 in a folder of mode 0700; it holds references, and a
 * secret itself only where it was given as a value. Writing fails with `SECRET_UNAVAILABLE`, naming the file.
 */
export interface SecretVault {
  /** `SECRET_UNAVAILABLE`, see `readSecret`. */
  read(field: string, source: SecretSource): Promise<Buffer>;
  keep(record: SecretRecord): Promise<void>;
  /** Undefined where this machine has none: another one created the agent. */
  recall(agentId: string): Promise<SecretRecord | undefined>;
  /** Nothing there is success. */
  forget(agentId: string): Promise<void>;
  /** With the time when each was written: a young one may belong to a create in another process. */
  list(): Promise<(SecretRecord & { keptAt: Date })[]>;
}

const known = (error: unknown, ...codes: string[]) =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));

/** `folder` need not exist; it is made with the first secret and goes with the last. */
export function createSecretVault(folder: string, reader: SecretReader): SecretVault {
  const extension = ".json";
  const pathOf = (agentId: string) => {
    // Ids are read from labels, which are anybody's.
    if (/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(agentId)) return join(folder, `${agentId}${extension}`);
    throw new AgentError("SPEC_INVALID", `"${agentId}" is not an agent's id.`, { field: "id" });
  };
  const failed = (path: string, error: unknown) =>
    new AgentError("SECRET_UNAVAILABLE", `The file ${path} could not be used: ${messageOf(error)}.`, {
      cause: error,
      remedy: `Make ${path} readable and writable for you, then try again.`,
    });

  const load = async (agentId: string): Promise<SecretRecord | undefined> => {
    const path = pathOf(agentId);
    try {
      const { engine, name, secrets } = record.parse(JSON.parse(await readFile(path, "utf8")));
      return { agentId, engine, name, secrets };
    } catch (error) {
      if (known(error, "ENOENT")) return undefined;
      // Neither a parser's message nor the cause may show what is in the file.
      const problem = known(error, "EACCES", "EPERM", "EISDIR") ? error : new Error("it is not ours");
      throw failed(path, problem);
    }
  };

  return {
    read: (field, source) => readSecret(field, source, reader),

    async keep({ agentId, engine, name, secrets }) {
      const path = pathOf(agentId);
      // Another day's working folder may be another one.
      const absolute = Object.fromEntries(
        Object.entries(secrets).map(([key, source]) => [
          key,
          "file" in source ? { file: resolve(reader.cwd, source.file) } : source,
        ]),
      );
      const text = `${JSON.stringify({ version: 1, engine, name, secrets: absolute })}\n`;
      const temporary = join(folder, `.${agentId}.${randomBytes(6).toString("hex")}`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw failed(path, error);
      }
    },

    recall: load,

    async forget(agentId) {
      const path = pathOf(agentId);
      await rm(path, { force: true }).catch((error: unknown) => {
        if (!known(error, "ENOTDIR")) throw failed(path, error);
      });
      for (const empty of [folder, dirname(folder)]) {
        try {
          await rmdir(empty);
        } catch (error) {
          if (known(error, "ENOENT")) continue;
          if (known(error, "ENOTEMPTY", "EEXIST", "EPERM", "EBUSY")) return;
          throw failed(empty, error);
        }
      }
    },

    async list() {
      let names: string[];
      try {
        names = await readdir(folder);
      } catch (error) {
        if (known(error, "ENOENT")) return [];
        throw failed(folder, error);
      }
      const ids = names.filter((name) => !name.startsWith(".") && name.endsWith(extension));
      const records = ids.map(async (name) => {
        const one = await load(name.slice(0, -extension.length));
        const facts = await stat(join(folder, name)).catch((error: unknown) => {
          if (known(error, "ENOENT")) return undefined;
          throw failed(join(folder, name), error);
        });
        return one && facts ? [{ ...one, keptAt: facts.mtime }] : [];
      });
      return (await Promise.all(records)).flat();
    },
  };
}
