import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { AgentError, messageOf } from "../model/errors.js";

/** The verbs of the command line, with what follows them. */
export const verbs = {
  create: { target: false, help: "make an agent and wait until it takes a login" },
  list: { target: false, help: "every agent of the engine" },
  get: { target: true, help: "one agent" },
  start: { target: true, help: "start it and wait until it takes a login" },
  stop: { target: true, help: "TERM, then after --grace-seconds KILL" },
  restart: { target: true, help: "stop and start" },
  pause: { target: true, help: "freeze every process" },
  resume: { target: true, help: "let a paused one go on" },
  rename: { target: true, help: "give it the name of --name" },
  destroy: { target: true, help: "remove container, volume, keys and ssh config" },
  setTags: { target: true, help: "refused: tags are fixed at create; says what to do" },
  exec: { target: true, help: "run a command in it: exec TARGET -- COMMAND…" },
  logs: { target: true, help: "what it wrote: stdout to stdout, stderr to stderr" },
  stats: { target: true, help: "what it uses: CPU, memory, network, disk" },
  listFiles: { target: true, help: "what is in the folder --path" },
  readFile: { target: true, help: "the file --path, byte by byte, on stdout" },
  writeFile: { target: true, help: "write --path from stdin, or from --file" },
  removeFile: { target: true, help: "remove --path; with --recursive all below it" },
  makeDirectory: { target: true, help: "make the folder --path; with --parents those above it" },
  moveFile: { target: true, help: "rename --path to --to, both inside" },
  copyFile: { target: true, help: "copy --path to --to, both inside" },
  upload: { target: true, help: "copy --from, a file or folder here, to --to in it" },
  download: { target: true, help: "copy --from, a file or folder in it, to --to here" },
  openWorkspace: { target: true, help: "check it and print the URI that an editor opens" },
  snapshot: { target: true, help: "save its files as an image; --name, --note, --no-pause" },
  listSnapshots: { target: false, help: "snapshots, newest first" },
  deleteSnapshot: { target: true, help: "delete the snapshot TARGET" },
  compareSnapshot: { target: true, help: "files that differ in its agent now, or in the snapshot --with" },
  restore: { target: true, help: "put it back to --snapshot, in place" },
  fork: { target: true, help: "new agents from it, or from its --snapshot: --count N or --name …" },
  diff: { target: true, help: "what it changed against its start" },
  pull: { target: true, help: "bring its work here: into refs, as uncommitted changes, or files" },
  push: { target: true, help: "bring what changed here into it" },
  overlaps: { target: true, help: "files that it and those of --with both changed" },
  prune: { target: false, help: "list what is left over; with --force remove it" },
  health: { target: false, help: "is the engine there, and what can it do" },
  removeSshIntegration: { target: false, help: "take everything of ours out of ~/.ssh" },
  help: { target: false, help: "this text" },
} as const;

export type Verb = keyof typeof verbs;

/** A command line, read and checked. */
export interface Command {
  verb: Verb;
  /** Empty where the verb takes none. */
  target: string;
  /** The options object of the verb, not yet checked. */
  input: Record<string, unknown>;
  engine?: string;
  json: boolean;
  verbose: boolean;
}

export const usage = `Usage: agent-containers VERB [TARGET] [OPTION…]

Verbs:
${Object.entries(verbs)
  .map(([verb, { target, help }]) => `  ${`${verb}${target ? " TARGET" : ""}`.padEnd(28)}${help}`)
  .join("\n")}

A TARGET is an agent's name, its id, or the first characters of its id.

Options:
  --engine ENDPOINT           unix://…, tcp://…, or context:NAME; default: as the Docker CLI
  --json                      one JSON document on stdout; an error as {"error": …}
  --verbose                   log to stderr
  --input FILE|-              the options of the verb as JSON
  --name, --type, --image, --cpus, --memory, --network, --user, --idle-timeout   of create (--name also of rename,
                              --user also of exec and of the verbs on files)
  --env-file FILE             of create and fork, repeatable: KEY=value lines, as docker run takes them
  --secret NAME=file:PATH|env:NAME   of create and fork, repeatable: reaches the agent through memory alone
  --tailscale                 of create: NET_ADMIN and /dev/net/tun
  --tailscale-auth-key file:PATH|env:NAME   of create: also joins that tailnet
  --env K=V, --tag K=V, --package NAME   of create (--tag also of setTags), repeatable
  --dockerfile FILE           of create: build the image from it; --context FOLDER where that is not its folder
  -b, --build-arg NAME=VALUE  of create, repeatable: a build argument, or a flag of docker build: --build-arg=--target=dev
  --start-arg=FLAG            of create, repeatable: a flag of docker run, like --start-arg=--gpus=all
  --workspace FOLDER          of create: what the agent works on, at /app: a git repository is cloned
                              with all that is not committed, another folder is copied; clone:FOLDER and
                              copy:FOLDER say which; bind:FOLDER mounts the folder itself
  --dependencies own|shared|none   of create with bind: where node_modules, .venv and vendor are kept
  --mount MOUNT               of create, repeatable: as of docker run, type=bind,source=/here,target=/there,readonly
  --grace-seconds N           of stop and restart
  --tail N                    of logs: lines from the end, or "all"; default 200
  --since TIME, --until TIME  of logs: an ISO time, or a duration back from now like 10m
  --timestamps                of logs
  --follow                    of logs and stats: until the agent stops; with --json one document a line
  --resources                 of get: also what it uses now, which takes up to two seconds
  --folder PATH               of openWorkspace
  --note TEXT, --no-pause     of snapshot
  --snapshot ID               of restore and fork
  --snapshot-first            of restore: snapshot what is there now
  --count N                   of fork
  --delete-snapshots          of destroy: its snapshots too, which are kept otherwise
  --path PATH                 of the verbs on files: absolute, inside
  --from PATH, --to PATH      of upload, download, moveFile and copyFile
  --file FILE                 of writeFile: the content; default: stdin
  --recursive, --parents, --overwrite   of the verbs on files
  --encoding utf8|base64      of readFile --json and of writeFile --input
  --force                     of destroy and prune
  --foreign                   of list: also the containers of mngr and of openlattice
  --source FOLDER             of diff, pull and push: the repository here; default: where the agent came from
  --mode fetch|apply|files    of pull: into refs/agents/NAME (default), as uncommitted changes, or files as they are
  --path FILE                 of pull with apply or files, repeatable: only these
  --merge                     of pull with apply, and push: also into files with uncommitted work
  --overwrite                 of pull with files: also over files that differ
  --with AGENT                of overlaps, repeatable
  --with SNAPSHOT             of compareSnapshot: another one of the same agent; default: the agent as it is now
  --force                     of destroy (asks nothing, whatever would be lost) and prune
`;

const text_ = { type: "string" } as const;
const many = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

const options = {
  engine: text_,
  input: text_,
  json: flag,
  verbose: flag,
  help: flag,
  name: text_,
  type: text_,
  image: text_,
  dockerfile: text_,
  context: text_,
  "build-arg": { ...many, short: "b" },
  cpus: text_,
  memory: text_,
  network: text_,
  user: text_,
  "idle-timeout": text_,
  env: many,
  "env-file": many,
  secret: many,
  tailscale: flag,
  "tailscale-auth-key": text_,
  tag: many,
  package: many,
  "start-arg": many,
  workspace: text_,
  dependencies: text_,
  mount: many,
  "grace-seconds": text_,
  tail: text_,
  since: text_,
  until: text_,
  timestamps: flag,
  follow: flag,
  resources: flag,
  folder: text_,
  snapshot: text_,
  note: text_,
  count: text_,
  "no-pause": flag,
  "snapshot-first": flag,
  "delete-snapshots": flag,
  from: text_,
  to: text_,
  file: text_,
  encoding: text_,
  recursive: flag,
  parents: flag,
  overwrite: flag,
  force: flag,
  foreign: flag,
  source: text_,
  mode: text_,
  path: many,
  merge: flag,
  with: many,
} as const;

const badUsage = (message: string, cause?: unknown) =>
  new AgentError("SPEC_INVALID", message, { cause, remedy: "See --help." });

function isVerb(word: string | undefined): word is Verb {
  return word !== undefined && Object.hasOwn(verbs, word);
}

/** `K=V` pairs as an object. */
function pairs(name: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw badUsage(`--${name} takes NAME=VALUE, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Where a secret comes from. Never the secret itself: arguments are seen by everybody on this machine. */
function secretFrom(option: string, text: string): { file: string } | { env: string } {
  const [, kind, rest = ""] = /^(file|env):(.+)$/s.exec(text) ?? [];
  if (kind === "file") return { file: resolve(rest) };
  if (kind === "env") return { env: rest };
  const before = option === "secret" ? "NAME=" : "";
  throw badUsage(`--${option} takes ${before}file:PATH or ${before}env:NAME, and never the secret itself.`);
}

/** `NAME=file:PATH` and `NAME=env:NAME`. What is wrong is not shown: it may be the secret. */
function secretSources(given: readonly string[]) {
  return Object.fromEntries(
    given.map((text) => {
      const [, name = "", source = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      return [name, secretFrom("secret", source)];
    }),
  );
}

/** The Dockerfile with its context and its flags, relative to where the command runs. */
function dockerfileOf(values: {
  dockerfile?: string;
  context?: string;
  "build-arg"?: string[];
}): Record<string, unknown> | undefined {
  const { dockerfile, context, "build-arg": args } = values;
  if (dockerfile === undefined) {
    const stray = context === undefined ? "build-arg" : "context";
    if (context !== undefined || args !== undefined) throw badUsage(`--${stray} needs --dockerfile.`);
    return undefined;
  }
  return {
    path: resolve(dockerfile),
    ...(context && { context: resolve(context) }),
    ...(args && { args: args.map(buildFlag) }),
  };
}

/** A flag of docker build, or `NAME=VALUE` for its own flag `--build-arg`. */
function buildFlag(given: string): string {
  // `-b=X` is the value "=X" to Node.
  const text = given.replace(/^=/, "");
  return text.startsWith("-") ? text : `--build-arg=${text}`;
}

/** A number where it is one; anything else is left for the schema to refuse by its field. */
const numeric = (value: string): number | string =>
  value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);

/** `clone:FOLDER`, `copy:FOLDER`, `bind:FOLDER`, or a folder alone: cloned where it is a repository, else copied. A folder of such a name is written `./bind:x`. */
function workspaceOf(text: string, dependencies: string | undefined): Record<string, unknown> {
  const [, mode = "auto", folder = text] = /^(clone|copy|bind|auto):(.*)$/s.exec(text) ?? [];
  if (folder === "") throw badUsage(`--workspace ${mode}: needs a folder.`);
  return { mode, source: resolve(folder), ...(dependencies !== undefined && { dependencies }) };
}

async function readInput(source: string, stdin: Readable): Promise<Record<string, unknown>> {
  const content =
    source === "-"
      ? await text(stdin)
      : await readFile(source, "utf8").catch((error: unknown) => {
          throw badUsage(`--input: ${messageOf(error)}.`, error);
        });
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    throw badUsage(`--input is not JSON: ${messageOf(error)}.`, error);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw badUsage("--input takes a JSON object.");
  return Object.fromEntries(Object.entries(parsed));
}

/**
 * Reads a command line. Throws `SPEC_INVALID` for an unknown verb or option, a missing target, or an input that is
 * not a JSON object. `cwd`-relative folders become absolute.
 */
export async function parseCommandLine(args: readonly string[], stdin: Readable): Promise<Command> {
  const at = args.indexOf("--");
  const own = at < 0 ? args : args.slice(0, at);
  const command = at < 0 ? [] : args.slice(at + 1);
  const { values, positionals } = readArgs(own);
  const [verb, target = "", ...rest] = positionals;
  const common = { engine: values.engine, json: values.json ?? false, verbose: values.verbose ?? false };
  if (values.help || verb === undefined) return { ...common, verb: "help", target: "", input: {} };
  if (!isVerb(verb)) throw badUsage(`There is no verb "${verb}".`);
  // A snapshot says itself whose it is.
  const needsTarget = verbs[verb].target && !(verb === "fork" && values.snapshot !== undefined);
  if (needsTarget && !target) throw badUsage(`${verb} needs a target.`);
  const surplus = verbs[verb].target ? rest : [target, ...rest].filter(Boolean);
  if (surplus.length > 0) throw badUsage(`"${surplus.join(" ")}" is too much.`);

  if (values.dependencies !== undefined && !values.workspace)
    throw badUsage("--dependencies needs --workspace bind:FOLDER.");
  const input = values.input === undefined ? {} : await readInput(values.input, stdin);
  const given: Record<string, unknown> = {
    ...(verb === "fork" ? { names: values.name && [values.name] } : { name: values.name }),
    type: values.type,
    image: values.image,
    dockerfile: dockerfileOf(values),
    cpus: values.cpus && numeric(values.cpus),
    memory: values.memory && numeric(values.memory),
    network: values.network,
    user: values.user,
    idleTimeout: values["idle-timeout"] && numeric(values["idle-timeout"]),
    env: values.env && pairs("env", values.env),
    envFile: values["env-file"]?.map((file) => resolve(file)),
    secrets: values.secret && secretSources(values.secret),
    tailscale: tailscaleOf(values["tailscale-auth-key"], values.tailscale),
    tags: values.tag && pairs("tag", values.tag),
    packages: values.package,
    startArgs: values["start-arg"],
    workspace: values.workspace && workspaceOf(values.workspace, values.dependencies),
    mounts: values.mount,
    graceSeconds: values["grace-seconds"] && numeric(values["grace-seconds"]),
    tail: values.tail && numeric(values.tail),
    since: values.since,
    until: values.until,
    timestamps: values.timestamps,
    follow: values.follow,
    resources: values.resources,
    folder: values.folder,
    snapshot: verb === "deleteSnapshot" || verb === "compareSnapshot" ? target : values.snapshot,
    note: values.note,
    pause: values["no-pause"] ? false : undefined,
    snapshotFirst: values["snapshot-first"],
    ...(values["delete-snapshots"] && { snapshots: "delete" }),
    count: values.count && numeric(values.count),
    ...(verb === "pull" ? { paths: values.path } : { path: values.path?.at(-1) }),
    from: values.from,
    to: values.to,
    file: values.file && resolve(values.file),
    encoding: values.encoding,
    recursive: values.recursive,
    parents: values.parents,
    overwrite: values.overwrite,
    ...(verb === "prune" ? { remove: values.force ? "all" : undefined } : { force: values.force }),
    foreign: values.foreign,
    source: values.source && resolve(values.source),
    mode: values.mode,
    merge: values.merge,
    ...(verb === "overlaps" ? { targets: [target, ...(values.with ?? [])] } : { with: values.with?.at(-1) }),
    command: command.length > 0 ? command : undefined,
  };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) input[key] = value;
  return { ...common, verb, target: verbs[verb].target ? target : "", input };
}

function tailscaleOf(authKey: string | undefined, wanted: boolean | undefined) {
  if (authKey !== undefined) return { authKey: secretFrom("tailscale-auth-key", authKey) };
  return wanted ? true : undefined;
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw badUsage(messageOf(error), error);
  }
}
