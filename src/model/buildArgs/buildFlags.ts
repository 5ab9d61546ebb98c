import { parseCsv } from "../startArgs/csv.js";
import { cut } from "../startArgs/cut.js";
import { newDraft, type Draft } from "../startArgs/flag.js";
import { flagTable } from "../startArgs/flagTable.js";
import { takes } from "../startArgs/invalid.js";
import { parseBoolean } from "../startArgs/numbers.js";
import { parsePlatform } from "../startArgs/parsePlatform.js";
import { setOwn } from "../startArgs/setOwn.js";
import { lookUpEnv, type StartArgsContext } from "../startArgs/startArgsContext.js";

/** Where the value of a secret is: a file by its absolute path as it was written, or a variable of this machine. */
export type SecretSource = { file: string } | { env: string };

/** What the flags of a build have said so far. */
export interface BuildDraft {
  /** Where the flags that a build shares with `docker create` put their values. */
  container: Draft;
  buildArgs: Record<string, string>;
  noCache: boolean;
  pull: boolean;
  target?: string;
  platform?: string;
  networkMode?: string;
  cacheFrom: string[];
  secrets: Map<string, SecretSource>;
}

export function newBuildDraft(): BuildDraft {
  return {
    container: newDraft(),
    buildArgs: {},
    noCache: false,
    pull: false,
    cacheFrom: [],
    secrets: new Map(),
  };
}

/** One flag of `docker build`. `set` throws `BadValue`. */
export interface BuildFlag {
  name: string;
  short?: string;
  isSwitch?: boolean;
  set: (draft: BuildDraft, text: string, context: StartArgsContext) => void;
}

/** `NAME=value`, or `NAME` with this machine's value; a name unknown here is not passed. Source: opts.ConvertKVStringsToMapWithNil. */
function setBuildArg(draft: BuildDraft, text: string, context: StartArgsContext): void {
  const [name, value] = cut(text, "=");
  if (name === "") return takes("NAME=value, or NAME alone");
  const found = value ?? lookUpEnv(context, name);
  if (found !== undefined) setOwn(draft.buildArgs, name, found);
}

const secretRule = "id=NAME with src=FILE or env=VARIABLE";

/**
 * `id=…,src=…|env=…[,type=file|env]`; without either a variable of the id's name, else a file of it.
 * Source: docker/buildx, buildflags.parseSecret.
 */
function setSecret(draft: BuildDraft, text: string, context: StartArgsContext): void {
  const fields = new Map<string, string>();
  for (const field of parseCsv(text)) {
    const [key, value] = cut(field, "=");
    if (value === undefined) return takes(secretRule);
    fields.set(key.toLowerCase(), value);
  }
  const type = fields.get("type");
  const source = fields.get("source") ?? fields.get("src");
  const env = fields.get("env") ?? (type === "env" ? source : undefined);
  const known = ["id", "type", "source", "src", "env"];
  const id = fields.get("id");
  if (!id || [...fields.keys()].some((key) => !known.includes(key))) return takes(secretRule);
  if (type !== undefined && type !== "file" && type !== "env") return takes("type=file or type=env");
  if (env !== undefined) draft.secrets.set(id, { env });
  else if (source !== undefined) draft.secrets.set(id, { file: source });
  else if (type !== "file" && lookUpEnv(context, id) !== undefined) draft.secrets.set(id, { env: id });
  else draft.secrets.set(id, { file: id });
}

/** An image, or `type=registry,ref=IMAGE`; the engine's API knows no other place. */
function setCacheFrom(draft: BuildDraft, text: string): void {
  if (!text.includes("=")) return void draft.cacheFrom.push(text);
  const fields = new Map(parseCsv(text).map((field) => cut(field, "=")));
  const ref = fields.get("ref");
  if (fields.get("type") !== "registry" || !ref) return takes("an image, or type=registry,ref=IMAGE");
  draft.cacheFrom.push(ref);
}

const own: readonly BuildFlag[] = [
  { name: "build-arg", set: setBuildArg },
  { name: "no-cache", isSwitch: true, set: (draft, text) => (draft.noCache = parseBoolean(text)) },
  { name: "pull", isSwitch: true, set: (draft, text) => (draft.pull = parseBoolean(text)) },
  { name: "target", set: (draft, text) => (draft.target = text || undefined) },
  { name: "platform", set: (draft, text, context) => (draft.platform = parsePlatform(text, context)) },
  { name: "network", set: (draft, text) => (draft.networkMode = text || undefined) },
  { name: "secret", set: setSecret },
  { name: "cache-from", set: setCacheFrom },
];

/** Flags that mean to a build what they mean to a container. */
const shared = [
  "label",
  "add-host",
  "ulimit",
  "shm-size",
  "cgroup-parent",
  "cpu-shares",
  "cpu-period",
  "cpu-quota",
  "cpuset-cpus",
  "cpuset-mems",
  "memory",
  "memory-swap",
];

/** Every flag that is taken. */
export const buildFlags: readonly BuildFlag[] = [
  ...own,
  ...flagTable
    .filter(({ name }) => shared.includes(name))
    .map(({ name, short, isSwitch, set }) => ({
      name,
      // `docker build -l` does not exist.
      ...(short !== undefined && short !== "l" && { short }),
      ...(isSwitch && { isSwitch }),
      set: (draft: BuildDraft, text: string, context: StartArgsContext) =>
        set(draft.container, text, context),
    })),
];
