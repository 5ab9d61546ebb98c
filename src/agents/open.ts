import { readFile } from "node:fs/promises";
import { AgentError } from "../model/errors.js";
import type { SshTarget } from "../model/agent.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext, Work } from "./context.js";
import { refuseForeign } from "./foreign.js";
import { requireLabels } from "./facts.js";
import { loginRoute } from "./route.js";
import { startAgent } from "./lifecycle.js";

/** Where an editor opens an agent. */
export interface OpenTarget {
  /** `vscode-remote://ssh-remote+<alias><folder>`. */
  uri: string;
  alias: string;
  folder: string;
  containerId: string;
}

/** The URI under which every Remote-SSH extension opens a folder of an alias (research/handoff 1.1). */
export function renderRemoteUri(alias: string, folder: string): string {
  const path = folder.split("/").map(encodeURIComponent).join("/");
  return `vscode-remote://ssh-remote+${alias}${path}`;
}

/** Where an agent opens, without touching it. Throws `SSH_AUTH` where this machine has no key for it. */
export function openTarget(facts: ContainerFacts, ssh: SshTarget | null, folder?: string): OpenTarget {
  refuseForeign(facts, "opened over SSH");
  const labels = requireLabels(facts);
  if (!ssh) {
    throw new AgentError("SSH_AUTH", `This machine has no key for ${labels.name}.`, {
      remedy: "Open it from the machine that created it.",
    });
  }
  const path = folder ?? labels.workspaceFolder;
  return { uri: renderRemoteUri(ssh.alias, path), alias: ssh.alias, folder: path, containerId: facts.id };
}

/**
 * Makes an agent ready for an editor (SPEC H6): starts it, then tries what an editor's server needs there: login,
 * forwarding, tools, C library, disk. Throws `SSH_UNREACHABLE`, `SSH_AUTH`, `HOST_KEY_CHANGED`, or `UNSUPPORTED`
 * naming the step that failed.
 */
export async function readyForEditor(
  context: AgentContext,
  facts: ContainerFacts,
  ssh: SshTarget,
  work: Work,
): Promise<void> {
  if (facts.status !== "running") await startAgent(context, facts, work);
  work.onProgress("Checking the connection");
  const { hostKey } = requireLabels(facts);
  const { preflight } = await import("../ssh/preflight.js");
  const { failed } = await preflight({
    ...loginRoute(context, ssh.port),
    port: ssh.port,
    user: ssh.user,
    privateKey: await readFile(ssh.identityFile, "utf8"),
    hostPublicKey: hostKey ?? "",
    clock: context.clock,
    signal: work.signal,
  });
  if (failed) {
    throw new AgentError(
      "UNSUPPORTED",
      `An editor cannot work in ${facts.name}: ${failed.step}: ${failed.detail ?? "failed"}.`,
      {
        remedy: failed.remedy ?? "Open a terminal in it instead.",
      },
    );
  }
}
