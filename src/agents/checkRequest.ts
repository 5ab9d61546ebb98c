import { freeName } from "../model/agentName.js";
import { AgentError, isAgentError } from "../model/errors.js";
import { enginePlatform, isSamePlatform } from "../model/platform.js";
import type { Mount } from "../model/containerBody.js";
import type { AgentSpec } from "../model/spec.js";
import type { ParsedStartArgs } from "../model/startArgs/parseStartArgs.js";
import type { ContainerFacts } from "../ports/engine.js";
import { secretsFolder, type SecretDelivery } from "../secrets/secretFiles.js";
import type { CloneSource } from "../workspace/repository.js";
import { checkBoundWorkspace, type BoundWorkspace } from "./bindWorkspace.js";
import type { AgentContext } from "./context.js";
import { checkGivenWorkspace } from "./givenWorkspace.js";
import { checkMounts } from "./mounts.js";
import { readEnvFiles } from "./envFile.js";
import { checkBuild, type CheckedBuild } from "./buildBase.js";
import { listAgentContainers } from "./facts.js";
import { readDelivery } from "./secrets.js";
import { checkStartArgs, mountTargets } from "./startArgs.js";

const defaultCpus = 2;
const defaultMemoryBytes = 2 * 1024 ** 3;

/** What the checks found out on their way. */
export interface Checked {
  cpus: number;
  memoryBytes: number;
  startArgs: ParsedStartArgs;
  /** That the start arguments ask for; `foreign` where it is not the engine's own. */
  platform?: { name: string; foreign: boolean };
  /** Where the image is built. */
  build?: CheckedBuild;
  /** That of the spec, with its mode decided. */
  workspace: AgentSpec["workspace"];
  /** The real path of the folder to copy. */
  source?: string;
  /** The repository to clone. */
  clone?: CloneSource;
  /** The folder to mount. */
  bound?: BoundWorkspace;
  /** Those that the spec asks for. */
  mounts: readonly Mount[];
  fileEnv: Readonly<Record<string, string>>;
  /** What the agent's secrets are; absent where it has none. */
  delivery?: SecretDelivery;
  /** All agents of the engine, in every state. */
  agents: readonly ContainerFacts[];
}

async function checkCpus(
  context: AgentContext,
  wanted: number | undefined,
  signal?: AbortSignal,
): Promise<number> {
  const { cpus } = await context.capabilities(signal);
  if (wanted === undefined) return Math.min(defaultCpus, cpus);
  if (wanted <= cpus) return wanted;
  throw new AgentError("SPEC_INVALID", `"cpus" asks for ${wanted}, and the engine has ${cpus}.`, {
    field: "cpus",
    remedy: `Give ${cpus} or fewer.`,
  });
}

async function checkGpu(
  context: AgentContext,
  wanted: AgentSpec["gpu"],
  signal?: AbortSignal,
): Promise<void> {
  if (!wanted || (await context.capabilities(signal)).gpu) return;
  throw new AgentError("NO_GPU", "This engine has no GPU to give.", {
    field: "gpu",
    remedy: "Install the NVIDIA Container Toolkit on its host, or create the agent without gpu.",
  });
}

async function platformOf(
  context: AgentContext,
  { platform: name }: ParsedStartArgs,
  signal?: AbortSignal,
): Promise<Checked["platform"]> {
  if (name === undefined) return undefined;
  const { architecture } = await context.capabilities(signal);
  return { name, foreign: !isSamePlatform(name, enginePlatform(architecture)) };
}

/** Docker looks a name up among ids too, so that what is found may bear another name. */
async function findByName(context: AgentContext, name: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await context.engine.inspectContainer(name, signal)).name === name;
  } catch (error) {
    if (isAgentError(error, "NOT_FOUND")) return false;
    throw error;
  }
}

/** The name is taken: says so, with a free one. */
export function nameConflict(name: string, agents: readonly ContainerFacts[], cause?: unknown): AgentError {
  const suggestion = freeName(name, new Set(agents.map((facts) => facts.name)));
  return new AgentError("NAME_CONFLICT", `There is already a container named "${name}".`, {
    field: "name",
    suggestion,
    remedy: `Choose another name, for example ${suggestion}.`,
    cause,
  });
}

/** A name can mean one thing only. `SPEC_INVALID` for a secret that is among `variables`. */
export function refuseTwice(secrets: readonly string[], variables: readonly string[]): void {
  const twice = secrets.find((name) => variables.includes(name));
  if (twice === undefined) return;
  throw new AgentError("SPEC_INVALID", `"secrets.${twice}" is a variable of the request too.`, {
    field: `secrets.${twice}`,
    remedy: "Leave one of the two out: a variable can be read by everybody who may use the engine.",
  });
}

/** Besides, a mount over the secrets would hide them, or keep them. */
function checkSecrets(
  { secrets, env }: AgentSpec,
  fileEnv: Checked["fileEnv"],
  startArgs: ParsedStartArgs,
): void {
  const names = Object.keys(secrets);
  const flags = (startArgs.body.Env ?? []).map((entry) => entry.replace(/=.*/s, ""));
  refuseTwice(names, [...Object.keys(env), ...Object.keys(fileEnv), ...flags]);
  if (
    names.length > 0 &&
    mountTargets(startArgs).some((path) => path.replace(/\/+$/, "") === secretsFolder)
  ) {
    throw new AgentError(
      "SPEC_INVALID",
      `"secrets" are put at ${secretsFolder}, where something is mounted.`,
      {
        field: "secrets",
        remedy: "Mount it elsewhere.",
      },
    );
  }
}

/** Refuses what cannot work before anything is made, pulled or written. */
export async function checkRequest(
  context: AgentContext,
  spec: AgentSpec,
  name: string,
  signal?: AbortSignal,
): Promise<Checked> {
  const readingStartArgs = checkStartArgs(context, spec.startArgs, signal);
  const fileEnv = readEnvFiles(context.startArgs, spec.envFile);
  const [startArgs, mounts, bound, delivery, build, given, cpus, agents, taken] = await Promise.all([
    readingStartArgs,
    readingStartArgs.then((parsed) => checkMounts(context, spec, parsed)),
    checkBoundWorkspace(context, spec, signal),
    readDelivery(context, spec),
    spec.dockerfile && checkBuild(context, spec.dockerfile, signal),
    checkGivenWorkspace(context, spec, signal),
    checkCpus(context, spec.cpus, signal),
    listAgentContainers(context.engine, signal),
    findByName(context, name, signal),
    checkGpu(context, spec.gpu, signal),
  ]);
  if (taken) throw nameConflict(name, agents);
  checkSecrets(spec, fileEnv, startArgs);
  const platform = await platformOf(context, startArgs, signal);
  const memoryBytes = spec.memory ?? defaultMemoryBytes;
  const wishes = { startArgs, platform, mounts, bound, delivery, fileEnv, build };
  return { ...wishes, ...given, cpus, memoryBytes, agents };
}
