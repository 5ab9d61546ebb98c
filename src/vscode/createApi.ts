import type { AgentContainersApi } from "./api.js";
import type { CoreHost } from "./coreHost.js";
import { specDefaults } from "./specDefaults.js";
import { readSettings } from "./settings.js";
import type { OpenWorkspace } from "./openWorkspace.js";

/** The verbs for other extensions; the core is loaded by the first call. */
export function createApi(host: CoreHost, openWorkspace: OpenWorkspace): AgentContainersApi {
  return {
    version: 1,
    create: async (spec, options) => (await host.core()).create(specDefaults(spec, readSettings()), options),
    list: async (options) => (await host.core()).list(options),
    get: async (target, options) => (await host.core()).get(target, options),
    start: async (target, options) => (await host.core()).start(target, options),
    stop: async (target, stop, options) => (await host.core()).stop(target, stop, options),
    restart: async (target, stop, options) => (await host.core()).restart(target, stop, options),
    pause: async (target, options) => (await host.core()).pause(target, options),
    resume: async (target, options) => (await host.core()).resume(target, options),
    rename: async (target, request, options) => (await host.core()).rename(target, request, options),
    destroy: async (target, destroy, options) => (await host.core()).destroy(target, destroy, options),
    setTags: async (target, request, options) => (await host.core()).setTags(target, request, options),
    exec: async (target, request, options) => (await host.core()).exec(target, request, options),
    logs: async (target, request, options) => (await host.core()).logs(target, request, options),
    prune: async (request, options) => (await host.core()).prune(request, options),
    health: async (options) => (await host.core()).health(options),
    openWorkspace,
  };
}
