import type { ContainerBody, HostConfig } from "../containerBody.js";
import { parseBoolean } from "./numbers.js";
import type { NetworkAttachment, NetworkRequest } from "./networkRequest.js";
import type { StartArgsContext } from "./startArgsContext.js";

/** What the flags have said so far. Duplicates are settled here: scalars replace, lists grow, maps go by key. */
export interface Draft {
  config: Omit<Partial<ContainerBody>, "HostConfig" | "NetworkingConfig" | "Env" | "Labels">;
  host: HostConfig;
  /** Lines of env files, in order; all of them come before those of `--env`. */
  envFile: string[];
  /** Of `--env`, by name. */
  env: Map<string, string>;
  labelFile: Record<string, string>;
  labels: Record<string, string>;
  noHealthcheck: boolean;
  /** Devices by their names in the Container Device Interface. */
  cdiDevices: string[];
  networks: NetworkAttachment[];
  endpoint: NetworkRequest["endpoint"];
  /** As `os/architecture[/variant]`. */
  platform?: string;
  /** The flag that needs the newest engine, and the minor number of that API version. */
  needs?: { flag: string; minor: number };
}

/** A draft that says nothing yet. */
export function newDraft(): Draft {
  return {
    config: {},
    host: {},
    envFile: [],
    env: new Map(),
    labelFile: {},
    labels: {},
    noHealthcheck: false,
    cdiDevices: [],
    networks: [],
    endpoint: { aliases: [], links: [], linkLocalIps: [] },
  };
}

/** One flag of `docker create`. */
export interface Flag {
  /** Without its dashes. */
  name: string;
  /** One letter. */
  short?: string;
  /** A switch takes a value only with an equals sign. */
  isSwitch?: boolean;
  /** Of the API version that brought it, 1.x; engines before 1.40 are not supported at all. */
  minor?: number;
  /** Throws `BadValue`. */
  set: (draft: Draft, text: string, context: StartArgsContext) => void;
}

type Options = Pick<Flag, "short" | "minor">;
type Parse<T> = (text: string, context: StartArgsContext) => T;

/** A flag with one value, which `parse` reads and `put` puts into its place. */
export function flag<T>(
  name: string,
  parse: Parse<T>,
  put: (draft: Draft, value: T) => void,
  options: Options = {},
): Flag {
  return { name, ...options, set: (draft, text, context) => put(draft, parse(text, context)) };
}

/** A flag whose value is taken as it is. */
export function textFlag(name: string, put: (draft: Draft, text: string) => void, options?: Options): Flag {
  return flag(name, (text) => text, put, options);
}

export function switchFlag(name: string, put: (draft: Draft, on: boolean) => void, options?: Options): Flag {
  return { ...flag(name, parseBoolean, put, options), isSwitch: true };
}

/** Notes that `name` needs API 1.`minor`. */
export function need(draft: Draft, name: string, minor: number): void {
  if (minor > (draft.needs?.minor ?? 0)) draft.needs = { flag: name, minor };
}
