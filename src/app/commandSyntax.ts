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
  logs: { target: true, help: "what it wrote" },
  openWorkspace: { target: true, help: "check it and print the URI that an editor opens" },
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
  --name, --type, --image, --cpus, --memory, --network, --user, --idle-timeout   of create (--name also of rename)
  --env K=V, --tag K=V, --package NAME   of create (--tag also of setTags), repeatable
  --start-arg=FLAG            of create, repeatable: a flag of docker run, like --start-arg=--gpus=all
  --workspace FOLDER          of create: copy this folder to /app
  --grace-seconds N           of stop and restart
  --tail N                    of logs
  --folder PATH               of openWorkspace
  --force                     of destroy and prune
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
  cpus: text_,
  memory: text_,
  network: text_,
  user: text_,
  "idle-timeout": text_,
  env: many,
  tag: many,
  package: many,
  "start-arg": many,
  workspace: text_,
  "grace-seconds": text_,
  tail: text_,
  folder: text_,
  force: flag,
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

/** A number where it is one; anything else is left for the schema to refuse by its field. */
const numeric = (value: string): number | string =>
  value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);

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
  if (verbs[verb].target && !target) throw badUsage(`${verb} needs a target.`);
  const surplus = verbs[verb].target ? rest : [target, ...rest].filter(Boolean);
  if (surplus.length > 0) throw badUsage(`"${surplus.join(" ")}" is too much.`);

  const input = values.input === undefined ? {} : await readInput(values.input, stdin);
  const given: Record<string, unknown> = {
    name: values.name,
    type: values.type,
    image: values.image,
    cpus: values.cpus && numeric(values.cpus),
    memory: values.memory && numeric(values.memory),
    network: values.network,
    user: values.user,
    idleTimeout: values["idle-timeout"] && numeric(values["idle-timeout"]),
    env: values.env && pairs("env", values.env),
    tags: values.tag && pairs("tag", values.tag),
    packages: values.package,
    startArgs: values["start-arg"],
    workspace: values.workspace && { mode: "copy", source: resolve(values.workspace) },
    graceSeconds: values["grace-seconds"] && numeric(values["grace-seconds"]),
    tail: values.tail && numeric(values.tail),
    folder: values.folder,
    ...(verb === "prune" ? { remove: values.force ? "all" : undefined } : { force: values.force }),
    command: command.length > 0 ? command : undefined,
  };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) input[key] = value;
  return { ...common, verb, target: verbs[verb].target ? target : "", input };
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw badUsage(messageOf(error), error);
  }
}
