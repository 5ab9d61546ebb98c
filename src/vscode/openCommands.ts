import * as vscode from "vscode";
import type { Agent } from "../model/agent.js";
import { AgentError } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import { endpointAddress, endpointUrl } from "./agentItem.js";
import type { OpenWorkspaceOptions } from "./api.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { nameOf } from "./lifecycleCommands.js";
import type { EndpointNode } from "./nodes.js";
import { handOffNow, type OpenWorkspace } from "./openWorkspace.js";
import { offerOtherWays } from "./otherWays.js";
import { targetsOf } from "./pickAgent.js";
import { note } from "./present.js";
import { attachedContainerAuthority } from "./providers.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";
import { sshCommand } from "./sshCommand.js";
import { openTerminal, requireSsh } from "./terminal.js";

const { t } = vscode.l10n;

const canLogIn = (row: AgentRow) => row.agent.ssh !== null && row.agent.state !== "creating";
const fitting = (title: string) => ({
  title,
  fits: canLogIn,
  none: t("There is no agent to log in to."),
  ours: true,
});

/** The ways into an agent: the editor, a terminal, the command to copy. */
export function openCommands(
  host: CoreHost,
  openWorkspace: OpenWorkspace,
  extensionKind: vscode.ExtensionKind,
): Pick<
  CommandTable,
  "openWorkspace" | "openWorkspaceInNewWindow" | "openTerminal" | "copySshCommand" | "openEndpoint"
> {
  /** The agent, running and logged in to. */
  const started = async (call: Call, target: string): Promise<Agent> => {
    const core = await host.core();
    const agent = await core.get(target);
    requireSsh(agent);
    if (agent.state === "running") return agent;
    if (call.by === "program") return core.start(target);
    return withStages(t("Starting {0}", agent.name), (options) => core.start(target, options));
  };

  const terminal = async (call: Call, target: string): Promise<null> => {
    openTerminal(await started(call, target));
    return null;
  };

  /** One line for each, what cannot be logged in to left out where there are several. */
  const copy = async (...targets: readonly string[]): Promise<{ command: string }> => {
    const core = await host.core();
    const agents = await Promise.all(targets.map((target) => core.get(target)));
    const usable = agents.length > 1 ? agents.filter(({ ssh }) => ssh !== null) : agents;
    const lines = (usable.length > 0 ? usable : agents).map((agent) => sshCommand(requireSsh(agent)));
    const command = lines.join("\n");
    await vscode.env.clipboard.writeText(command);
    note(lines.length > 1 ? t("Copied {0} commands", lines.length) : t("Copied: {0}", command));
    return { command };
  };

  const attach = async (call: Call, target: string): Promise<null> => {
    const agent = await started(call, target);
    const authority = attachedContainerAuthority(agent.containerId);
    const uri = vscode.Uri.from({ scheme: "vscode-remote", authority, path: agent.workspaceFolder });
    await vscode.commands.executeCommand("vscode.openFolder", uri, { forceNewWindow: true });
    return null;
  };

  const open = (preset: OpenWorkspaceOptions): Command => {
    const run = async (call: Call): Promise<unknown> => {
      const [target] = await targetsOf(call, host, fitting(t("Open Workspace")));
      if (call.by === "program") return openWorkspace(target, { ...preset, ...call.options });
      const handOff = handOffNow(extensionKind);
      if (handOff.kind !== "open") {
        return offerOtherWays(handOff, {
          terminal: () => terminal(call, target),
          copy: () => copy(target),
          attach: () => attach(call, target),
          again: () => run(call),
        });
      }
      const title = t("Opening {0}", nameOf(host, target));
      return withStages(title, (options) => openWorkspace(target, preset, options));
    };
    return { takesTarget: true, run };
  };

  return {
    openWorkspace: open({}),
    openWorkspaceInNewWindow: open({ newWindow: true }),
    openTerminal: {
      takesTarget: true,
      run: async (call) => {
        const [target] = await targetsOf(call, host, fitting(t("Open Terminal")));
        return terminal(call, target);
      },
    },
    copySshCommand: {
      takesTarget: true,
      run: async (call) => {
        return copy(...(await targetsOf(call, host, fitting(t("Copy SSH Command")))));
      },
    },
    openEndpoint: {
      takesTarget: false,
      run: async ({ endpoint: node }) => openEndpoint(node),
    },
  };
}

/** Opens what has an address for a browser; of anything else the address is copied. */
async function openEndpoint(node: EndpointNode | undefined): Promise<{ address: string }> {
  if (!node) throw new AgentError("NOT_FOUND", t("Choose a port in the Agent Containers view."));
  const address = endpointAddress(node.endpoint);
  const url = endpointUrl(node.endpoint);
  if (url) await vscode.env.openExternal(vscode.Uri.parse(url, true));
  else {
    await vscode.env.clipboard.writeText(address);
    note(t("Copied: {0}", address));
  }
  return { address };
}
