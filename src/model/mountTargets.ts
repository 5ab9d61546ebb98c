import { posix } from "node:path";

/** What an agent cannot live without: nothing may be mounted over it. */
const needed = [
  ["/mngr-state", "the agent's own volume is there"],
  ["/mngr", "it leads to the agent's own volume"],
  ["/usr/local/lib/agent-containers", "the agent's init is there"],
  ["/usr/sbin/sshd", "the agent's SSH server is there"],
  ["/etc/passwd", "the agent's user is in it"],
] as const;

/** The same path in one spelling: `/app/` and `/app/./x/..` are `/app`. */
export function normalTarget(target: string): string {
  const path = posix.normalize(target);
  return path === "/" ? path : path.replace(/\/+$/, "");
}

/** True for the folder itself and what lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}

/** Why nothing can be mounted at a path of an agent, as the end of a sentence; undefined where something can. */
export function targetProblem(target: string): string | undefined {
  if (!target.startsWith("/")) return "it is not an absolute path inside the container";
  const path = normalTarget(target);
  if (path === "/") return "everything is there";
  // Init makes this one itself: a file system over /run is no harm.
  if (isWithin(path.replace(/^\/var\/run/, "/run"), "/run/sshd")) return "the agent's SSH server needs it";
  const [, because] = needed.find(([own]) => isWithin(path, own) || isWithin(own, path)) ?? [];
  return because;
}
