import { agentNamePattern, agentNameRule, freeName, projectIdOf } from "../model/agentName.js";
import { parseBytes, renderBytes } from "../model/size.js";
import type { AgentSpecInput } from "../model/spec.js";
import { storedSources } from "./storedSecrets.js";
import type { Translate } from "./text.js";

/** The limits that an agent gets. */
export interface Limits {
  cpus: number;
  /** As Docker takes it: `2g`. */
  memory: string;
}

/** The answers of the create flow. */
export interface Draft {
  name: string;
  image: string;
  /** The Dockerfile to build the image from, in place of `image`. */
  dockerfile?: string;
  /** The folder that the agent works on; undefined for an empty workspace. */
  source: string | undefined;
  /** How it gets there: `bind` mounts that folder itself. */
  mode: "clone" | "copy" | "bind";
  /** True when the optional questions are asked. */
  customize: boolean;
  limits: Limits | undefined;
  /** The network to join as it is; undefined for that of the settings. */
  network?: string;
  /** `A=1 B="two words"`, as it was typed. */
  env: string;
  tags: string;
  /** Names of stored secrets; undefined for those of the setting. */
  secrets?: readonly string[] | undefined;
}

const leastMemory = 6 * 1024 ** 2;

/** A name that is free and tells where the agent comes from: `myproject-1`. */
export function suggestName(folder: string | undefined, taken: ReadonlySet<string>): string {
  const project = projectIdOf(folder);
  const first = `${project}-1`;
  return taken.has(first) ? freeName(project, taken) : first;
}

/** Why a name cannot be taken; undefined when it can. */
export function nameProblem(name: string, taken: ReadonlySet<string>, t: Translate): string | undefined {
  if (name === "") return t("An agent needs a name.");
  if (/\s/.test(name)) return t("A name has no spaces: it takes {0}.", agentNameRule);
  if (!agentNamePattern.test(name)) return t("A name takes {0}.", agentNameRule);
  if (taken.has(name)) return t('"{0}" is taken; "{1}" is free.', name, freeName(name, taken));
  return undefined;
}

/** Why a number of CPUs cannot be taken. `available` is the engine's own number, where it is known. */
export function cpusProblem(text: string, available: number | undefined, t: Translate): string | undefined {
  const cpus = Number(text);
  if (text === "" || !Number.isFinite(cpus) || cpus <= 0) return t("Give a number above 0, like 2 or 0.5.");
  if (available !== undefined && cpus > available) return t("The engine has {0} CPUs.", available);
  return undefined;
}

/** Why a size of memory cannot be taken. */
export function memoryProblem(text: string, t: Translate): string | undefined {
  const bytes = parseBytes(text);
  if (bytes === undefined) return t("Give a size like 512m or 2g.");
  return bytes < leastMemory ? t("Docker allows 6m or more.") : undefined;
}

/** Reads `A=1 B="two words"`. Undefined when a part has no name before an equals sign, or a quote is left open. */
export function parsePairs(text: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  let rest = text.trim();
  while (rest !== "") {
    const match = /^([^\s="]+)=(?:"([^"]*)"|([^\s"]*))(?:\s+|$)/.exec(rest);
    if (!match?.[1]) return undefined;
    pairs[match[1]] = match[2] ?? match[3] ?? "";
    rest = rest.slice(match[0].length);
  }
  return pairs;
}

/** Why pairs cannot be taken. */
export function pairsProblem(text: string, t: Translate): string | undefined {
  return parsePairs(text)
    ? undefined
    : t('Give NAME=value, several with a space between them, "quoted" where a value has one.');
}

/** `2 CPUs, 2 GB`. */
export function limitsText({ cpus, memory }: Limits, t: Translate): string {
  const size = renderBytes(parseBytes(memory) ?? 0);
  return cpus === 1 ? t("1 CPU, {0}", size) : t("{0} CPUs, {1}", cpus, size);
}

/** The images to offer: the user's default, then those used before, each once. */
export function imageChoices(first: string, recent: readonly string[]): readonly string[] {
  return [...new Set([first, ...recent])];
}

/** The request for an agent that the answers come to. */
export function draftSpec(draft: Draft): AgentSpecInput {
  const env = parsePairs(draft.env) ?? {};
  const tags = parsePairs(draft.tags) ?? {};
  return {
    name: draft.name,
    ...(draft.dockerfile === undefined ? { image: draft.image } : { dockerfile: draft.dockerfile }),
    workspace: draft.source === undefined ? { mode: "none" } : { mode: draft.mode, source: draft.source },
    ...draft.limits,
    ...(draft.network !== undefined && { network: draft.network }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(draft.secrets && { secrets: storedSources(draft.secrets) }),
  };
}
