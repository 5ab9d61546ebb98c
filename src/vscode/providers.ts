/** A Remote-SSH extension of some editor. Source: research/handoff 1.2, after vscode-coder's newest list. */
export interface RemoteSshProvider {
  extensionId: string;
  product: string;
  /** Where its `remotePlatform` setting is, the first that the editor knows. */
  settingsSections: readonly string[];
  /** The `uriScheme` of the editors that bring it along, where it need not be installed but enabled. */
  bundledWith: readonly string[];
}

const openRemoteSsh: RemoteSshProvider = {
  extensionId: "jeanp413.open-remote-ssh",
  product: "Open Remote - SSH",
  settingsSections: ["remote.SSH"],
  bundledWith: [],
};

const microsoftRemoteSsh: RemoteSshProvider = {
  extensionId: "ms-vscode-remote.remote-ssh",
  product: "Remote - SSH",
  settingsSections: ["remote.SSH"],
  bundledWith: [],
};

/** In the order in which they are looked for: a fork's own before Microsoft's, which refuses other editors. */
export const remoteSshProviders: readonly RemoteSshProvider[] = [
  openRemoteSsh,
  {
    extensionId: "codeium.windsurf-remote-openssh",
    product: "Windsurf Remote - SSH",
    settingsSections: ["remote.devinSSH", "remote.windsurfSSH"],
    bundledWith: ["windsurf", "windsurf-next", "devin"],
  },
  {
    extensionId: "anysphere.remote-ssh",
    product: "Cursor Remote - SSH",
    settingsSections: ["remote.SSH"],
    bundledWith: ["cursor"],
  },
  microsoftRemoteSsh,
  {
    extensionId: "google.antigravity-remote-openssh",
    product: "Antigravity Remote - SSH",
    settingsSections: ["remote.antigravitySSH"],
    bundledWith: ["antigravity"],
  },
];

/** Extensions that can attach to a container without SSH. */
export const attachProviders = ["ms-vscode-remote.remote-containers", "anysphere.remote-containers"] as const;

/** How an agent's workspace can be opened in this editor now. */
export type HandOff =
  | { kind: "open"; provider: RemoteSshProvider }
  /** Nothing to hand over to: what to install, or to enable where the editor brings it. */
  | { kind: "missing"; provider: RemoteSshProvider; remedy: "install" | "enable"; canAttach: boolean }
  /** This extension runs on another machine than the editor, whose ssh does not know our aliases. */
  | { kind: "elsewhere" };

/** What the decision depends on. */
export interface EditorFacts {
  isInstalled: (extensionId: string) => boolean;
  /** `vscode.env.uriScheme`. */
  uriScheme: string;
  /** `vscode.env.remoteName` where this extension runs on the remote side of it. */
  remoteName: string | undefined;
}

/** Remotes whose machine is not the editor's; anything else (a browser's server) holds the ssh client as well. */
const otherMachines = ["ssh-remote", "wsl", "dev-container", "attached-container", "tunnel", "codespaces"];

/** The provider that fits an editor where none is installed. */
function fittingProvider(uriScheme: string): { provider: RemoteSshProvider; remedy: "install" | "enable" } {
  const bundled = remoteSshProviders.find(({ bundledWith }) => bundledWith.includes(uriScheme));
  if (bundled) return { provider: bundled, remedy: "enable" };
  const microsoft = uriScheme === "vscode" || uriScheme === "vscode-insiders";
  return { provider: microsoft ? microsoftRemoteSsh : openRemoteSsh, remedy: "install" };
}

/** Decides how a workspace is opened. Pure; asked anew on every click, because extensions come and go. */
export function decideHandOff(facts: EditorFacts): HandOff {
  if (facts.remoteName !== undefined && otherMachines.includes(facts.remoteName))
    return { kind: "elsewhere" };
  const provider = remoteSshProviders.find(({ extensionId }) => facts.isInstalled(extensionId));
  if (provider) return { kind: "open", provider };
  return {
    kind: "missing",
    ...fittingProvider(facts.uriScheme),
    canAttach: attachProviders.some((id) => facts.isInstalled(id)),
  };
}

/** The folder of a running container for the Dev Containers extension, as the authority of its address. */
export function attachedContainerAuthority(containerId: string): string {
  return `attached-container+${Buffer.from(containerId, "utf8").toString("hex")}`;
}
