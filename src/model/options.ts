import * as z from "zod";
import { agentNamePattern, agentNameRule } from "./agentName.js";
import { parseLogTime } from "./logTime.js";
import { secretsField } from "./secretSource.js";
import { envFileField, specInvalid } from "./spec.js";

const logTimeRule = "takes a duration like 10m, or an ISO time";

/** What `stop` and `restart` take (SPEC X5). */
export const stopOptions = z.strictObject({
  /** Seconds between TERM and KILL. */
  graceSeconds: z.int("takes whole seconds").min(0, "takes 0 seconds or more").default(10),
});

/** What `rename` takes. */
export const renameOptions = z.strictObject({
  name: z.string({ error: `takes ${agentNameRule}` }).regex(agentNamePattern, `takes ${agentNameRule}`),
});

/** What `destroy` takes. */
export const destroyOptions = z.strictObject({
  /** Asks nothing, whatever would be lost. */
  force: z.boolean("takes true or false").default(false),
  /** What becomes of the snapshots of the agent. */
  snapshots: z.enum(["keep", "delete"], 'takes "keep" or "delete"').default("keep"),
});

/** Checked options of `destroy`. */
export type DestroyOptions = z.output<typeof destroyOptions>;

/** What `snapshot` takes (SPEC X5). */
export const snapshotOptions = z.strictObject({
  /** Default: the agent's name and the snapshot's id. */
  name: z.string().trim().min(1, "takes a name").max(200, "takes at most 200 characters").optional(),
  note: z.string().max(4000, "takes at most 4000 characters").optional(),
  /** Freezes a running agent, so that all is of one moment. */
  pause: z.boolean("takes true or false").default(true),
});

/** Checked options of `snapshot`. */
export type SnapshotOptions = z.output<typeof snapshotOptions>;

const snapshot = z
  .string("takes the id or the name of a snapshot")
  .min(1, "takes the id or the name of a snapshot");

/** What `listSnapshots` takes. */
export const listSnapshotsOptions = z.strictObject({
  /** Those of the agent with this id, also one that is gone; default: all. */
  agentId: z.string().optional(),
});

/** What `deleteSnapshot` takes. */
export const deleteSnapshotOptions = z.strictObject({ snapshot });

/** What `compareSnapshot` takes. */
export const compareSnapshotOptions = z.strictObject({
  snapshot,
  /** Another snapshot of the same agent. Default: the agent as it is now. */
  with: snapshot.optional(),
});

/** What `restore` takes (SPEC X5). */
export const restoreOptions = z.strictObject({
  snapshot,
  /** Asks nothing: what the agent has now is lost, unless it is snapshotted first. */
  force: z.boolean("takes true or false").default(false),
  snapshotFirst: z.boolean("takes true or false").default(false),
});

/** Checked options of `restore`. */
export type RestoreOptions = z.output<typeof restoreOptions>;

const mostForks = 50;
const forkName = z.string().regex(agentNamePattern, `takes ${agentNameRule}`);

/** What `fork` takes (SPEC X5). */
export const forkOptions = z
  .strictObject({
    /** Default: the agent as it is now. */
    snapshot: snapshot.optional(),
    names: z
      .array(forkName)
      .min(1, "takes at least one name")
      .max(mostForks, `takes at most ${mostForks} names`)
      .refine((names) => new Set(names).size === names.length, "takes each name once")
      .optional(),
    count: z
      .int("takes a whole number")
      .min(1, "takes 1 or more")
      .max(mostForks, `takes at most ${mostForks}`)
      .optional(),
    /** Of every fork, beside those of the source that this machine knows; docs/secrets.md. */
    secrets: secretsField.default({}),
    /** Variables of every fork, over those of the source. */
    envFile: envFileField.default([]),
  })
  .refine(({ names, count }) => !names || count === undefined || names.length === count, {
    path: ["count"],
    error: "takes as many as there are names",
  });

/** Checked options of `fork`. */
export type ForkOptions = z.output<typeof forkOptions>;

/** What `prune` takes. */
export const pruneOptions = z.strictObject({
  /** Nothing (only lists), `"all"`, or the `kind:id` of each that is to go. */
  remove: z
    .union([z.literal("all"), z.array(z.string())], { error: 'takes "all" or a list of kind:id' })
    .default([]),
});

/** What `open` takes. */
export const openOptions = z.strictObject({
  /** Default: the agent's workspace. */
  folder: z.string().startsWith("/", "takes an absolute path inside the container").optional(),
  /** False only computes where the agent is: nothing is started, nothing is connected. */
  check: z.boolean("takes true or false").default(true),
});

/** What `exec` takes (SPEC X5). */
export const execOptions = z.strictObject({
  command: z
    .array(z.string(), { error: "takes a command and its arguments as a list" })
    .min(1, "takes a command"),
  /** Default: the agent's workspace. */
  cwd: z.string().startsWith("/", "takes an absolute path inside the container").optional(),
  env: z.record(z.string().regex(/^[^=\0]+$/), z.string()).optional(),
  /** Default: the agent's user. */
  user: z.string().min(1).optional(),
  stdin: z.string().optional(),
  /** Gives the command a terminal. */
  tty: z.boolean("takes true or false").optional(),
});

/** What `setTags` takes: what the tags should be. */
export const setTagsOptions = z.strictObject({
  tags: z.record(z.string().min(1), z.string(), { error: "takes names and values, both text" }),
});

/** Checked options of `exec`. */
export type ExecOptions = z.output<typeof execOptions>;

const logTime = z.union([z.string(), z.number()], { error: logTimeRule }).transform((given, issues) => {
  const time = parseLogTime(given);
  if (time) return time;
  issues.addIssue({ code: "custom", message: logTimeRule });
  return z.NEVER;
});

/** What `logs` takes (SPEC M3). */
export const logsOptions = z
  .strictObject({
    /** Goes on until the agent stops; takes somewhere to write to. */
    follow: z.boolean("takes true or false").default(false),
    /** Lines from the end. Default: 200, or all where `since` or `until` says how much. */
    tail: z
      .union([z.int().min(0), z.literal("all")], { error: 'takes a number of lines, or "all"' })
      .optional(),
    since: logTime.optional(),
    until: logTime.optional(),
    /** Begins each line with its time. */
    timestamps: z.boolean("takes true or false").default(false),
  })
  .transform((options) => ({
    ...options,
    tail: options.tail ?? (options.since || options.until ? "all" : 200),
  }));

/** Checked options of `logs`. */
export type LogsOptions = z.output<typeof logsOptions>;

/** What `get` takes. */
export const getOptions = z.strictObject({
  /** Measures what it uses, which takes one to two seconds, unless it is being measured anyway. */
  resources: z.boolean("takes true or false").default(false),
});

/** What `stats` takes. */
export const statsOptions = z.strictObject({
  /** Goes on until the agent stops; takes somebody to tell. */
  follow: z.boolean("takes true or false").default(false),
});

const source = z
  .string({ error: "takes the folder of a repository on this machine" })
  .min(1, "takes the folder of a repository on this machine")
  .optional();

/** What `diff` takes. */
export const diffOptions = z.strictObject({
  /** The repository here that the agent is compared with. Default: the one it was made from. */
  source,
});

/** Checked options of `diff`. */
export type DiffOptions = z.output<typeof diffOptions>;

/** What `pull` takes (SPEC W4). */
export const pullOptions = z
  .strictObject({
    /** Into `refs/agents/<name>`; as uncommitted changes; or files as they are. */
    mode: z
      .enum(["fetch", "apply", "files"], { error: 'takes "fetch", "apply" or "files"' })
      .default("fetch"),
    /** Of `apply` and `files`: only these, relative to the workspace. */
    paths: z
      .array(z.string().min(1), { error: "takes a list of file names" })
      .min(1, "takes at least one file name")
      .optional(),
    source,
    /** Of `apply`: also into files that hold uncommitted work here. */
    merge: z.boolean("takes true or false").default(false),
    /** Of `files`: also over files that are here and differ. */
    overwrite: z.boolean("takes true or false").default(false),
  })
  .refine(({ mode, paths }) => mode !== "files" || paths !== undefined, {
    path: ["paths"],
    error: "names the files to copy",
  })
  .refine(({ mode, paths }) => mode !== "fetch" || paths === undefined, {
    path: ["paths"],
    error: 'goes with "apply" or "files": what is fetched is fetched as a whole',
  });

/** Checked options of `pull`. */
export type PullOptions = z.output<typeof pullOptions>;

/** What `push` takes. */
export const pushOptions = z.strictObject({
  source,
  /** Also into files that hold uncommitted work of the agent. */
  merge: z.boolean("takes true or false").default(false),
});

/** Checked options of `push`. */
export type PushOptions = z.output<typeof pushOptions>;

/** What `overlaps` takes. */
export const overlapsOptions = z.strictObject({
  /** Agents, as every verb takes them. */
  targets: z
    .array(z.string().min(1), { error: "takes a list of agents" })
    .min(2, "takes at least two agents to compare"),
});

/** What `readBlob` takes: an id that `diff` gave. */
export const readBlobOptions = z.strictObject({
  id: z.string({ error: "takes a git object id" }).regex(/^[0-9a-f]{40,64}$/, "takes a git object id"),
});

/** Checked options of `readBlob`. */
export type ReadBlobOptions = z.output<typeof readBlobOptions>;

/** What reads options to `T`. */
export type OptionsSchema<T> = z.ZodType<T>;

/** Checks a verb's options; absent ones are its defaults. Throws `SPEC_INVALID` naming the field. */
export function parseOptions<T>(schema: OptionsSchema<T>, input: unknown): T {
  const result = schema.safeParse(input ?? {});
  if (!result.success) throw specInvalid(result.error, "The options object");
  return result.data;
}
