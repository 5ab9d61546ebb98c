import * as vscode from "vscode";
import type { AgentContainersApi } from "./api.js";
import type { CoreHost } from "./coreHost.js";
import { specDefaults } from "./specDefaults.js";
import { readSettings } from "./settings.js";
import { refuseUntrustedMounts } from "./trust.js";
import type { OpenWorkspace } from "./openWorkspace.js";

/** The verbs for other extensions; the core is loaded by the first call. */
export function createApi(host: CoreHost, openWorkspace: OpenWorkspace): AgentContainersApi {
  return {
    version: 1,
    create: async (spec, options) => {
      refuseUntrustedMounts(spec, vscode.workspace.isTrusted);
      return (await host.core()).create(specDefaults(spec, readSettings()), options);
    },
    list: async (options) => (await host.core()).list(options),
    get: async (target, options) => (await host.core()).get(target, options),
    start: async (target, options) => (await host.core()).start(target, options),
    stop: async (target, stop, options) => (await host.core()).stop(target, stop, options),
    restart: async (target, stop, options) => (await host.core()).restart(target, stop, options),
    pause: async (target, options) => (await host.core()).pause(target, options),
    resume: async (target, options) => (await host.core()).resume(target, options),
    rename: async (target, request, options) => (await host.core()).rename(target, request, options),
    destroy: async (target, destroy, options) => (await host.core()).destroy(target, destroy, options),
    snapshot: async (target, request, options) => (await host.core()).snapshot(target, request, options),
    previewSnapshot: async (target, options) => (await host.core()).previewSnapshot(target, options),
    listSnapshots: async (request, options) => (await host.core()).listSnapshots(request, options),
    deleteSnapshot: async (request, options) => (await host.core()).deleteSnapshot(request, options),
    compareSnapshot: async (request, options) => (await host.core()).compareSnapshot(request, options),
    readCompared: async (request, options) => (await host.core()).readCompared(request, options),
    restore: async (target, request, options) => (await host.core()).restore(target, request, options),
    fork: async (target, request, options) => (await host.core()).fork(target, request, options),
    previewFork: async (target, request, options) =>
      (await host.core()).previewFork(target, request, options),
    setTags: async (target, request, options) => (await host.core()).setTags(target, request, options),
    exec: async (target, request, options) => (await host.core()).exec(target, request, options),
    logs: async (target, request, options) => (await host.core()).logs(target, request, options),
    stats: async (target, request, options) => (await host.core()).stats(target, request, options),
    diff: async (target, request, options) => (await host.core()).diff(target, request, options),
    readBlob: async (target, request, options) => (await host.core()).readBlob(target, request, options),
    pull: async (target, request, options) => (await host.core()).pull(target, request, options),
    push: async (target, request, options) => (await host.core()).push(target, request, options),
    overlaps: async (request, options) => (await host.core()).overlaps(request, options),
    workAtRisk: async (target, options) => (await host.core()).workAtRisk(target, options),
    listFiles: async (target, request, options) => (await host.core()).listFiles(target, request, options),
    statFile: async (target, request, options) => (await host.core()).statFile(target, request, options),
    readFile: async (target, request, options) => (await host.core()).readFile(target, request, options),
    writeFile: async (target, request, options) => (await host.core()).writeFile(target, request, options),
    removeFile: async (target, request, options) => (await host.core()).removeFile(target, request, options),
    makeDirectory: async (target, request, options) =>
      (await host.core()).makeDirectory(target, request, options),
    moveFile: async (target, request, options) => (await host.core()).moveFile(target, request, options),
    copyFile: async (target, request, options) => (await host.core()).copyFile(target, request, options),
    upload: async (target, request, options) => (await host.core()).upload(target, request, options),
    download: async (target, request, options) => (await host.core()).download(target, request, options),
    prune: async (request, options) => (await host.core()).prune(request, options),
    health: async (options) => (await host.core()).health(options),
    openWorkspace,
  };
}
