import { stat } from "node:fs/promises";
import path from "node:path";
import type { Mount } from "../model/containerBody.js";
import { isLocal } from "../model/endpoint.js";
import { AgentError } from "../model/errors.js";
import { renderMount } from "../model/mountSpec.js";
import { isWithin, normalTarget, targetProblem } from "../model/mountTargets.js";
import type { AgentSpec } from "../model/spec.js";
import { BadValue } from "../model/startArgs/invalid.js";
import { parseMount } from "../model/startArgs/parseMount.js";
import type { ParsedStartArgs } from "../model/startArgs/parseStartArgs.js";
import { defaultWorkspaceFolder } from "../model/workspaceSpec.js";
import type { AgentContext } from "./context.js";
import { mountTargets } from "./startArgs.js";

function invalid(field: string, sentence: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("MOUNT_INVALID", sentence, { field, remedy, cause });
}

function read(given: AgentSpec["mounts"][number], field: string, context: AgentContext): Mount {
  if (typeof given !== "string") return renderMount(given);
  try {
    return parseMount(given, context.startArgs);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const remedy = "Write it as for docker run --mount: type=bind,source=/here,target=/there,readonly.";
    throw invalid(field, `"${field}" ${error.message}.`, remedy, error);
  }
}

/**
 * The source of a bind as the engine takes it. On a local engine it has to be here; of a far host only the engine can
 * tell.
 */
async function bindSource(context: AgentContext, source: string, field: string): Promise<string> {
  if (!isLocal(context.endpoint)) return source;
  const { homeDir, startArgs } = context;
  const paths = startArgs.platform === "win32" ? path.win32 : path.posix;
  const full = /^~(?=$|[/\\])/.test(source) ? paths.join(homeDir, source.slice(1)) : source;
  if (!paths.isAbsolute(full)) {
    throw invalid(
      `${field}.source`,
      `"${field}.source" is "${source}", which is not an absolute path.`,
      "Give the whole path, from the root or from ~.",
    );
  }
  // Docker Desktop's engine is in a virtual machine, which has sockets of its own to give.
  if (startArgs.platform !== "linux" && /^\/(var\/)?run\//.test(full)) return full;
  try {
    await stat(full);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // What this user may not see the engine may: it says so itself.
    if (code !== "ENOENT" && code !== "ENOTDIR") return full;
    throw invalid(
      `${field}.source`,
      `"${field}.source" is ${full}, and there is nothing.`,
      "Check the path, or make the folder first.",
      error,
    );
  }
  return full;
}

/** The engine looks at the whole list only when it makes the container; we name the field before. */
function checkTargets(spec: AgentSpec, mounts: readonly Mount[], ofStartArgs: readonly string[]): void {
  const { workspace } = spec;
  const folder = normalTarget(workspace.target ?? defaultWorkspaceFolder);
  const taken = new Map<string, string>(workspace.mode === "bind" ? [[folder, "workspace"]] : []);
  const take = (target: string, field: string, owner: string) => {
    const at = normalTarget(target);
    const other = taken.get(at);
    if (other !== undefined) {
      const sentence = `${at} is the target of both ${other} and ${owner}.`;
      throw invalid(field, sentence, "Give each a target of its own.");
    }
    taken.set(at, owner);
    if (workspace.mode !== "none" && workspace.mode !== "bind" && isWithin(folder, at)) {
      // Its files would be written through the mount, over those that are there.
      throw invalid(
        field,
        `A copied workspace cannot be put into what is mounted at ${at}.`,
        'Choose another target, or set the mode of the workspace to "none" or "bind".',
      );
    }
  };
  if (workspace.mode === "bind") {
    const problem = targetProblem(folder);
    if (problem) {
      const sentence = `The workspace cannot be mounted at ${folder}: ${problem}.`;
      throw invalid("workspace.target", sentence, "Choose another target.");
    }
  }
  mounts.forEach(({ Target }, index) => {
    const field = `mounts.${index}.target`;
    const problem = targetProblem(Target);
    if (problem)
      throw invalid(field, `Nothing can be mounted at ${Target}: ${problem}.`, "Choose another target.");
    take(Target, field, `mounts.${index}`);
  });
  for (const target of new Set(ofStartArgs.map(normalTarget)))
    take(target, "startArgs", "the start arguments");
}

/**
 * The mounts of a spec as the engine takes them, judged together with its workspace and its start arguments before
 * anything is touched. Throws `MOUNT_INVALID`, naming the field.
 */
export async function checkMounts(
  context: AgentContext,
  spec: AgentSpec,
  startArgs: ParsedStartArgs,
): Promise<Mount[]> {
  const mounts = spec.mounts.map((given, index) => read(given, `mounts.${index}`, context));
  checkTargets(spec, mounts, mountTargets(startArgs));
  return Promise.all(
    mounts.map(async (mount, index) => {
      if (mount.Type !== "bind") return mount;
      const field = `mounts.${index}`;
      if (mount.Source) return { ...mount, Source: await bindSource(context, mount.Source, field) };
      const sentence = `"${field}.source" is missing.`;
      throw invalid(`${field}.source`, sentence, "A bind needs the path of a file or folder.");
    }),
  );
}
