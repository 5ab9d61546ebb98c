import * as z from "zod";
import { agentNamePattern, agentNameRule } from "./agentName.js";
import { specInvalid } from "./spec.js";

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
});

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

/** What `logs` takes. */
export const logsOptions = z.strictObject({
  /** Lines from the end. */
  tail: z.int("takes a number of lines").min(0).default(200),
  timestamps: z.boolean("takes true or false").default(false),
});

/** Checked options of `logs`. */
export type LogsOptions = z.output<typeof logsOptions>;

/** Checks a verb's options; absent ones are its defaults. Throws `SPEC_INVALID` naming the field. */
export function parseOptions<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input ?? {});
  if (!result.success) throw specInvalid(result.error, "The options object");
  return result.data;
}
