import * as vscode from "vscode";
import type { Core, VerbOptions } from "../app/core.js";
import type { OpenTarget } from "../agents/open.js";
import { AgentError } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import type { OpenedWorkspace, OpenWorkspaceOptions } from "./api.js";
import type { CoreHost } from "./coreHost.js";
import { decideHandOff, type HandOff } from "./providers.js";
import { presetPlatform } from "./remotePlatform.js";

const { t } = vscode.l10n;

/** Hands an agent's workspace to the editor's Remote-SSH. */
export type OpenWorkspace = (
  target: string,
  open?: OpenWorkspaceOptions,
  options?: VerbOptions,
) => Promise<OpenedWorkspace>;

/** How the workspace can be opened now: extensions come and go. */
export function handOffNow(extensionKind: vscode.ExtensionKind): HandOff {
  return decideHandOff({
    isInstalled: (id) => vscode.extensions.getExtension(id) !== undefined,
    uriScheme: vscode.env.uriScheme,
    remoteName: extensionKind === vscode.ExtensionKind.Workspace ? vscode.env.remoteName : undefined,
  });
}

/** `NO_REMOTE_SSH`: what is missing, and what to do about it. */
export function noRemoteSsh(handOff: Exclude<HandOff, { kind: "open" }>): AgentError {
  if (handOff.kind === "elsewhere") {
    return new AgentError(
      "NO_REMOTE_SSH",
      t("Agents of this machine cannot be opened from a remote window."),
      {
        remedy: t("Open a terminal in the agent, or open it from an editor that runs on this machine."),
      },
    );
  }
  const { extensionId, product } = handOff.provider;
  return new AgentError("NO_REMOTE_SSH", t("No Remote-SSH extension is installed in this editor."), {
    remedy:
      handOff.remedy === "install"
        ? t("Install {0} ({1}), or open a terminal in the agent.", product, extensionId)
        : t("Enable {0} ({1}), or open a terminal in the agent.", product, extensionId),
  });
}

function uriOf({ alias, folder }: OpenTarget): vscode.Uri {
  return vscode.Uri.from({ scheme: "vscode-remote", authority: `ssh-remote+${alias}`, path: folder });
}

/**
 * Starts and checks the agent first, so that a step that fails has a name, then opens its folder.
 * `NO_REMOTE_SSH` before anything is started.
 */
export function createOpenWorkspace(
  host: CoreHost,
  extensionKind: vscode.ExtensionKind,
  log: Logger,
): OpenWorkspace {
  const open = async (core: Core, target: string, request: OpenWorkspaceOptions, options?: VerbOptions) => {
    const { folder } = request;
    const handOff = handOffNow(extensionKind);
    if (handOff.kind !== "open") throw noRemoteSsh(handOff);
    const found = await core.open(target, { folder }, options);
    await presetPlatform(handOff.provider, found.alias, log);
    options?.signal?.throwIfAborted();
    // A window with a folder keeps it: only an empty one is taken over unasked.
    const forceNewWindow = request.newWindow ?? (vscode.workspace.workspaceFolders ?? []).length > 0;
    await vscode.commands.executeCommand("vscode.openFolder", uriOf(found), { forceNewWindow });
    return found;
  };
  return async (target, given, options) => {
    const { openWorkspaceOptions, parseOptions } = await import("./options.js");
    const request = parseOptions(openWorkspaceOptions, given);
    const core = await host.core();
    const { alias, uri } = request.dryRun
      ? await core.open(target, { folder: request.folder, check: false }, options)
      : await open(core, target, request, options);
    return { uri, alias };
  };
}
