import type { ErrorCode } from "../model/errors.js";
import type { EngineProblem } from "../model/health.js";
import type { Picture } from "../app/core.js";

/** What the agents view has to say; `package.json` has a welcome page for each but `loading` and `agents`. */
export const viewStates = [
  "loading",
  "agents",
  "empty",
  "filtered",
  "noEngine",
  "noPermission",
  "timeout",
  "hostKey",
  "unreachable",
] as const;

export type ViewState = (typeof viewStates)[number];

/** What is known before and beside the picture. */
export interface HostState {
  /** Undefined until the core is loaded. */
  picture: Picture | undefined;
  /** Why there is no core: a setting that names no engine. */
  problem: EngineProblem | undefined;
}

const pages: Partial<Record<ErrorCode, ViewState>> = {
  ENGINE_NOT_FOUND: "noEngine",
  ENGINE_PERMISSION: "noPermission",
  ENGINE_TIMEOUT: "timeout",
  HOST_KEY_UNKNOWN: "hostKey",
};

/** Why no engine answers, once that is settled; undefined while one does, or while it is still being tried. */
export function engineProblem(state: HostState): EngineProblem | undefined {
  if (state.problem) return state.problem;
  const engines = state.picture?.engines ?? [];
  const problems = engines.flatMap(({ link }) => (link.kind === "down" ? [link.problem] : []));
  return problems.length > 0 && problems.length === engines.length ? problems[0] : undefined;
}

/** True when every engine has either been listed or given up: nothing to wait for. */
export function isSettled(state: HostState): boolean {
  if (state.problem) return true;
  const engines = state.picture?.engines ?? [];
  return engines.length > 0 && engines.every(({ link }) => link.kind === "live" || link.kind === "down");
}

/** True when there is something to show: an engine that was listed, however long others take, or nothing to wait for. */
export function canShow(state: HostState): boolean {
  return isSettled(state) || (state.picture?.engines ?? []).some(({ link }) => link.kind === "live");
}

/** Chooses the page of the view. What is known stays listed while its engine is away. */
export function viewState(state: HostState): ViewState {
  if (state.picture && (state.picture.agents.length > 0 || state.picture.foreign?.length)) return "agents";
  const problem = engineProblem(state);
  if (problem) return pages[problem.code] ?? "unreachable";
  return isSettled(state) ? "empty" : "loading";
}
