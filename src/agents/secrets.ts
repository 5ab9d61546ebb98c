import { secretsPath } from "../image/initFiles.js";
import { AgentError } from "../model/errors.js";
import type { AgentLabels } from "../model/labels.js";
import type { AgentSpec } from "../model/spec.js";
import { renderSecretFiles, type SecretDelivery } from "../secrets/secretFiles.js";
import type { SecretSources } from "../secrets/secretVault.js";
import { packTar, type TarEntry } from "../workspace/packTar.js";
import { collect } from "../util/sinks.js";
import type { AgentContext } from "./context.js";

/** Reads every secret of a request before anything is touched. `SECRET_UNAVAILABLE`, naming the field. */
export async function readDelivery(
  context: AgentContext,
  { secrets, tailscale }: Pick<AgentSpec, "secrets" | "tailscale">,
): Promise<SecretDelivery | undefined> {
  const authKey = typeof tailscale === "object" ? tailscale.authKey : undefined;
  if (Object.keys(secrets).length === 0 && authKey === undefined) return undefined;
  const source = typeof authKey === "string" ? { value: authKey } : authKey;
  const [values, tailscaleKey] = await Promise.all([
    readAll(context, secrets),
    source && context.vault.read("tailscale.authKey", source),
  ]);
  return { secrets: values, ...(tailscaleKey && { tailscaleKey }) };
}

async function readAll(context: AgentContext, sources: SecretSources): Promise<Record<string, Buffer>> {
  const entries = Object.entries(sources).map(
    async ([name, source]) => [name, await context.vault.read(`secrets.${name}`, source)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Where this machine knows an agent's secrets to come from; nothing where another machine, or nobody, knows.
 * `SECRET_UNAVAILABLE` where what is kept of it cannot be read.
 */
export async function knownSources(context: AgentContext, agentId: string): Promise<SecretSources> {
  const kept = await context.vault.recall(agentId);
  // A container of another engine that carries the same id is not the agent that was given them.
  return kept?.engine === context.engine.name ? kept.secrets : {};
}

/** The secrets that an agent waits for and that this machine cannot give it, by name. */
export async function missingSecrets(
  context: AgentContext,
  { agentId, secrets = [] }: Pick<AgentLabels, "agentId" | "secrets">,
): Promise<readonly string[]> {
  if (secrets.length === 0) return [];
  const sources = await knownSources(context, agentId);
  return secrets.filter((name) => !(name in sources));
}

/**
 * What an agent that is there already needs at its next start, from the sources that this machine keeps: undefined
 * for one without secrets, and for one whose secrets another machine has. `SECRET_UNAVAILABLE`.
 */
export async function recallDelivery(
  context: AgentContext,
  labels: AgentLabels,
): Promise<SecretDelivery | undefined> {
  if (!labels.secrets) return undefined;
  const sources = await knownSources(context, labels.agentId);
  const missing = labels.secrets.filter((name) => !(name in sources));
  if (missing.length > 0) warnOfMissing(context, labels.name, missing);
  if (Object.keys(sources).length === 0) return undefined;
  return { secrets: await readAll(context, sources), partial: missing.length > 0 };
}

/** Tells the log; the doors tell the user. */
export function warnOfMissing({ log }: AgentContext, name: string, missing: readonly string[]): void {
  log.warn(`${name} waits for secrets that this machine does not have: ${missing.join(", ")}.`);
}

async function* tarEntries(delivery: SecretDelivery): AsyncGenerator<TarEntry> {
  // Owners are set inside, where the agent's user is known.
  const owner = { uid: 0, gid: 0, mode: 0o400 };
  for (const file of renderSecretFiles(delivery))
    yield await Promise.resolve({ type: "file", ...file, ...owner });
}

/**
 * Hands secrets to a running container, over the standard input of a command: they are in no argument, no environment
 * and no label, and what they are written to is a tmpfs. May be repeated. `NOT_RUNNING` where it has ended,
 * `START_FAILED` where the container cannot take them.
 */
export async function deliverSecrets(
  context: AgentContext,
  containerId: string,
  delivery: SecretDelivery | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (!delivery) return;
  const said = collect();
  const { exitCode } = await context.engine.exec(
    containerId,
    {
      command: [secretsPath, "receive"],
      user: "0",
      stdin: packTar(tarEntries(delivery), signal),
      stdout: said.stream,
      stderr: said.stream,
    },
    signal,
  );
  if (exitCode === 0) return;
  throw new AgentError("START_FAILED", `The secrets could not be handed over (code ${exitCode}).`, {
    log: said.text().trim(),
    remedy: "See the log; the container may lack what root needs to write files, or space for them.",
  });
}

/** True where a running container has its secrets, whoever delivered them. */
export async function hasSecrets(
  context: AgentContext,
  containerId: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { exitCode } = await context.engine.exec(containerId, { command: [secretsPath, "check"] }, signal);
  return exitCode === 0;
}

/** A command as it runs with the agent's secrets in its environment. */
export function withSecrets(labels: AgentLabels, command: readonly string[]): readonly string[] {
  return labels.secrets ? [secretsPath, "exec", ...command] : command;
}
