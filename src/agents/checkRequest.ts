import { freeName } from "../model/agentName.js";
import { AgentError, isAgentError } from "../model/errors.js";
import type { AgentSpec } from "../model/spec.js";
import type { ParsedStartArgs } from "../model/startArgs/parseStartArgs.js";
import type { ContainerFacts } from "../ports/engine.js";
import { validateWorkspaceSource } from "../workspace/workspaceSource.js";
import type { AgentContext } from "./context.js";
import { checkStartArgs } from "./startArgs.js";
import { listAgentContainers } from "./facts.js";

const defaultCpus = 2;
const defaultMemoryBytes = 2 * 1024 ** 3;

/** What the checks found out on their way. */
export interface Checked {
  cpus: number;
  memoryBytes: number;
  startArgs: ParsedStartArgs;
  /** The real path of the folder to copy. */
  source?: string;
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

/** Refuses what cannot work before anything is made, pulled or written. */
export async function checkRequest(
  context: AgentContext,
  spec: AgentSpec,
  name: string,
  signal?: AbortSignal,
): Promise<Checked> {
  const [startArgs, source, cpus, agents, taken] = await Promise.all([
    checkStartArgs(context, spec.startArgs, signal),
    spec.workspace.mode === "copy" ? validateWorkspaceSource(spec.workspace.source) : undefined,
    checkCpus(context, spec.cpus, signal),
    listAgentContainers(context.engine, signal),
    findByName(context, name, signal),
    checkGpu(context, spec.gpu, signal),
  ]);
  if (taken) throw nameConflict(name, agents);
  return { startArgs, source, cpus, memoryBytes: spec.memory ?? defaultMemoryBytes, agents };
}
