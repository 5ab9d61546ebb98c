import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { AgentError, messageOf } from "../model/errors.js";
import { secretLimitBytes, type SecretSource } from "../model/secretSource.js";

/** What of this machine secrets are read from. */
export interface SecretReader {
  env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of files begin here. */
  cwd: string;
  /** The editor's secret storage; absent where there is none. */
  stored?: (name: string) => PromiseLike<string | undefined>;
}

/**
 * The bytes of a secret. `SECRET_UNAVAILABLE`, with the field and never with a value, where it cannot be had now: no
 * such file, variable or stored secret, nothing in it, a NUL byte in a value, or more than Docker's own secrets hold.
 */
export async function readSecret(field: string, source: SecretSource, from: SecretReader): Promise<Buffer> {
  const bytes = await bytesOf(field, source, from);
  if (bytes.length === 0) throw unavailable(field, "is empty", "Put the secret there, then try again.");
  if (bytes.length > secretLimitBytes) {
    throw unavailable(field, "has more than 500 KB", "Give the agent a smaller one.");
  }
  return bytes;
}

async function bytesOf(field: string, source: SecretSource, from: SecretReader): Promise<Buffer> {
  if ("value" in source) return Buffer.from(source.value, "utf8");
  if ("env" in source) {
    const value = from.env[source.env];
    if (value !== undefined) return Buffer.from(value, "utf8");
    throw unavailable(
      field,
      `is the variable ${source.env}, which is not set here`,
      `Set ${source.env} for the program that starts the agent, then try again.`,
    );
  }
  if ("file" in source) return readSecretFile(field, path.resolve(from.cwd, source.file));
  if (!from.stored) {
    throw unavailable(
      field,
      "is in the secret storage of VS Code, which only VS Code can read",
      "Do it in VS Code, or give the secret as a file or a variable.",
    );
  }
  const value = await from.stored(source.stored);
  if (value !== undefined) return Buffer.from(value, "utf8");
  throw unavailable(
    field,
    `is the stored secret "${source.stored}", which there is not`,
    "Run Agent Containers: Set Secret…, then try again.",
  );
}

async function readSecretFile(field: string, file: string): Promise<Buffer> {
  try {
    const facts = await stat(file);
    // A pipe or a device would be waited for, or never end.
    if (!facts.isFile()) throw new Error(`${file} is not a file`);
    // Refused by its size: no mistaken path fills the memory.
    if (facts.size > secretLimitBytes) return Buffer.alloc(secretLimitBytes + 1);
    return await readFile(file);
  } catch (error) {
    throw unavailable(
      field,
      `could not be read: ${messageOf(error)}`,
      "Correct the path, or make the file readable for you.",
      error,
    );
  }
}

function unavailable(field: string, problem: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("SECRET_UNAVAILABLE", `The secret "${field}" ${problem}.`, { field, remedy, cause });
}
