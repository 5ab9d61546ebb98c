/** Every id that package.json and the code share; a test holds the two together both ways. */

/** Commands: the verbs of the product, callable by other extensions, and those of the user interface alone. */
export const commandIds = {
  create: "agentContainers.create",
  list: "agentContainers.list",
  get: "agentContainers.get",
  start: "agentContainers.start",
  stop: "agentContainers.stop",
  restart: "agentContainers.restart",
  pause: "agentContainers.pause",
  resume: "agentContainers.resume",
  rename: "agentContainers.rename",
  destroy: "agentContainers.destroy",
  setTags: "agentContainers.setTags",
  exec: "agentContainers.exec",
  logs: "agentContainers.logs",
  health: "agentContainers.health",
  openWorkspace: "agentContainers.openWorkspace",
  openWorkspaceInNewWindow: "agentContainers.openWorkspaceInNewWindow",
  openTerminal: "agentContainers.openTerminal",
  copySshCommand: "agentContainers.copySshCommand",
  openEndpoint: "agentContainers.openEndpoint",
  prune: "agentContainers.prune",
  refresh: "agentContainers.refresh",
  dismissFailure: "agentContainers.dismissFailure",
  showFailureLog: "agentContainers.showFailureLog",
  chooseEngine: "agentContainers.chooseEngine",
  showLog: "agentContainers.showLog",
  showHealth: "agentContainers.showHealth",
  removeSshIntegration: "agentContainers.removeSshIntegration",
} as const;

export type CommandName = keyof typeof commandIds;

export const viewIds = {
  container: "agentContainers",
  agents: "agentContainers.agents",
} as const;

/** Set by the extension, read by `when` clauses. */
export const contextKeys = {
  /** What the agents view has to say: a `ViewState`. */
  view: "agentContainers.view",
} as const;

/** Settings, without the section. */
export const settingsSection = "agentContainers";
export const settingKeys = {
  engine: "engine",
  moreEngines: "moreEngines",
  defaultImage: "defaultImage",
  defaultCpus: "defaultCpus",
  defaultMemory: "defaultMemory",
  idleTimeout: "idleTimeout",
  stopGraceSeconds: "stopGraceSeconds",
} as const;

/** The parts that a tree item's `contextValue` is made of, joined by `+`. */
export const contextTags = {
  agent: "agent",
  endpoint: "endpoint",
  engine: "engine",
  moreEngines: "moreEngines",
  /** An SSH login is possible from this machine. */
  key: "key",
  /** A verb is under way on it. */
  busy: "busy",
} as const;

/** The scheme of read-only documents that show logs and details. */
export const documentScheme = "agent-containers";
