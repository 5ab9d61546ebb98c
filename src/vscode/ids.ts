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
  stats: "agentContainers.stats",
  showMetrics: "agentContainers.showMetrics",
  listFiles: "agentContainers.listFiles",
  readFile: "agentContainers.readFile",
  writeFile: "agentContainers.writeFile",
  removeFile: "agentContainers.removeFile",
  makeDirectory: "agentContainers.makeDirectory",
  openFile: "agentContainers.openFile",
  goToFile: "agentContainers.goToFile",
  addFolder: "agentContainers.addFolder",
  upload: "agentContainers.upload",
  download: "agentContainers.download",
  health: "agentContainers.health",
  openWorkspace: "agentContainers.openWorkspace",
  openWorkspaceInNewWindow: "agentContainers.openWorkspaceInNewWindow",
  openTerminal: "agentContainers.openTerminal",
  copySshCommand: "agentContainers.copySshCommand",
  openShell: "agentContainers.openShell",
  copyContainerId: "agentContainers.copyContainerId",
  openEndpoint: "agentContainers.openEndpoint",
  diff: "agentContainers.diff",
  pull: "agentContainers.pull",
  push: "agentContainers.push",
  overlaps: "agentContainers.overlaps",
  fetchChanges: "agentContainers.fetchChanges",
  applyChanges: "agentContainers.applyChanges",
  copyFiles: "agentContainers.copyFiles",
  prune: "agentContainers.prune",
  refresh: "agentContainers.refresh",
  filter: "agentContainers.filter",
  clearFilter: "agentContainers.clearFilter",
  groupByEngine: "agentContainers.groupByEngine",
  groupedByEngine: "agentContainers.groupedByEngine",
  groupByProject: "agentContainers.groupByProject",
  groupedByProject: "agentContainers.groupedByProject",
  groupByTag: "agentContainers.groupByTag",
  groupedByTag: "agentContainers.groupedByTag",
  groupByState: "agentContainers.groupByState",
  groupedByState: "agentContainers.groupedByState",
  createHere: "agentContainers.createHere",
  addEngine: "agentContainers.addEngine",
  removeEngine: "agentContainers.removeEngine",
  reconnectEngine: "agentContainers.reconnectEngine",
  copyEndpoint: "agentContainers.copyEndpoint",
  showEngine: "agentContainers.showEngine",
  acceptHostKey: "agentContainers.acceptHostKey",
  dismissFailure: "agentContainers.dismissFailure",
  showFailureLog: "agentContainers.showFailureLog",
  chooseEngine: "agentContainers.chooseEngine",
  showLog: "agentContainers.showLog",
  showHealth: "agentContainers.showHealth",
  removeSshIntegration: "agentContainers.removeSshIntegration",
  snapshot: "agentContainers.snapshot",
  listSnapshots: "agentContainers.listSnapshots",
  deleteSnapshot: "agentContainers.deleteSnapshot",
  compareSnapshot: "agentContainers.compareSnapshot",
  compareSnapshots: "agentContainers.compareSnapshots",
  restore: "agentContainers.restore",
  fork: "agentContainers.fork",
  copySnapshotImage: "agentContainers.copySnapshotImage",
  setSecret: "agentContainers.setSecret",
  removeSecret: "agentContainers.removeSecret",
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
  /** What the tree is grouped by: a `Grouping`. */
  grouping: "agentContainers.grouping",
  /** True while a filter is on. */
  filtered: "agentContainers.filtered",
  /**
   * True where `listMultiSelection`, beside which it is always asked, is not to be believed: VS Code leaves that as it
   * was where the selected rows go away, and after several were destroyed every row would lack what is offered for one.
   * A key of our own for several rows would change with each click, and with it VS Code draws every row anew, under the
   * mouse too.
   */
  selectionLost: "agentContainers.selectionLost",
} as const;

/** Settings, without the section. */
export const settingsSection = "agentContainers";
export const settingKeys = {
  engine: "engine",
  moreEngines: "moreEngines",
  defaultImage: "defaultImage",
  network: "network",
  defaultCpus: "defaultCpus",
  defaultMemory: "defaultMemory",
  idleTimeout: "idleTimeout",
  stopGraceSeconds: "stopGraceSeconds",
  secrets: "secrets",
  showResources: "showResources",
  showForeign: "showForeign",
  logTimestamps: "logs.timestamps",
  notifyExit: "notifications.unexpectedExit",
  notifyEngine: "notifications.engineLost",
} as const;

/** The parts that a tree item's `contextValue` is made of, joined by `+`. */
export const contextTags = {
  agent: "agent",
  endpoint: "endpoint",
  /** Another program's container, in place of `agent`. */
  foreign: "foreign",
  engine: "engine",
  group: "group",
  snapshot: "snapshot",
  /** The snapshots of agents that are gone. */
  snapshots: "snapshots",
  /** Of a snapshot: its agent is no more. */
  gone: "gone",
  /** An engine of the setting `moreEngines`. */
  removable: "removable",
  /** An engine whose host shows an SSH key that is not known here. */
  hostKey: "hostKey",
  /** An SSH login is possible from this machine. */
  key: "key",
  /** A verb is under way on it. */
  busy: "busy",
  /** In place of the state: a container that was never started. */
  unstarted: "unstarted",
  /** Its engine is away. */
  away: "away",
} as const;

/** The type of the panel with the charts, under which VS Code restores it. */
export const metricsViewType = "agentContainers.metrics";

/** The scheme of read-only documents that show logs and details. */
export const documentScheme = "agent-containers";

/** The scheme of read-only documents that are one side of a changed or compared file. */
export const changesScheme = "agent-changes";

/** The scheme of the files in agents. */
export const fileScheme = "agent-container";
