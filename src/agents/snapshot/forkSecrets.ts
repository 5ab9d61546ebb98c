import type { HostConfig } from "../../model/containerBody.js";
import { AgentError } from "../../model/errors.js";
import type { AgentLabels } from "../../model/labels.js";
import type { ForkOptions } from "../../model/options.js";
import { secretsFolder, type SecretDelivery } from "../../secrets/secretFiles.js";
import type { SecretSources } from "../../secrets/secretVault.js";
import { refuseTwice } from "../checkRequest.js";
import type { AgentContext } from "../context.js";
import { readEnvFiles } from "../envFile.js";
import { knownSources, readDelivery, warnOfMissing } from "../secrets.js";
import { mountTargets } from "../startArgs.js";

/** What forks get beside their files. */
export interface ForkExtras {
  /** All that they wait for at each start. */
  names: readonly string[];
  /** Of those that this machine can give. */
  sources: SecretSources;
  delivery?: SecretDelivery;
  fileEnv: Readonly<Record<string, string>>;
}

/**
 * A fork gets the secrets of its source, where this machine still knows where they come from, and those that are given
 * for it, which win. All are read before anything is touched: `SECRET_UNAVAILABLE`, `SPEC_INVALID`.
 */
export async function readForkExtras(
  context: AgentContext,
  source: AgentLabels,
  { secrets: given, envFile }: ForkOptions,
): Promise<ForkExtras> {
  const fileEnv = readEnvFiles(context.startArgs, envFile);
  const known = source.secrets ? await knownSources(context, source.agentId) : {};
  const names = [...new Set([...(source.secrets ?? []), ...Object.keys(given)])];
  refuseTwice(names, Object.keys(fileEnv));
  const all: SecretSources = { ...known, ...given };
  const sources = Object.fromEntries(
    names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const])),
  );
  const missing = names.filter((name) => !(name in sources));
  if (missing.length > 0) warnOfMissing(context, `A fork of ${source.name}`, missing);
  const delivery = await readDelivery(context, { secrets: sources });
  return {
    names,
    sources,
    fileEnv,
    ...(delivery && { delivery: { ...delivery, partial: missing.length > 0 } }),
  };
}

/** Where the source had no secrets, something else may be where a fork's would be. `SPEC_INVALID`. */
export function refuseMountedOver(source: AgentLabels, { names }: ForkExtras, hostConfig: HostConfig): void {
  if (source.secrets || names.length === 0) return;
  const targets = mountTargets({ body: { HostConfig: hostConfig } }).map((path) => path.replace(/\/+$/, ""));
  if (!targets.includes(secretsFolder)) return;
  throw new AgentError(
    "SPEC_INVALID",
    `"secrets" are put at ${secretsFolder}, where something of ${source.name} is mounted.`,
    { field: "secrets", remedy: "Fork it without secrets." },
  );
}
