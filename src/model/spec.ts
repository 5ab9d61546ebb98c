import * as z from "zod";
import { agentNamePattern, agentNameRule } from "./agentName.js";
import { AgentError } from "./errors.js";
import { parseBytes } from "./size.js";

const sixMegabytes = 6 * 1024 ** 2;
const envName = z.string().regex(/^[^=\0]+$/, "takes names without an equals sign");
const portRule = "takes a port from 1 to 65535";
const port = z.int(portRule).min(1, portRule).max(65535, portRule);
const gpuRule = 'takes true, {"count": 1} or {"deviceIds": ["0"]}';

const memory = z
  .union([z.number(), z.string()], { error: "takes bytes, or a size like 512m or 2g" })
  .transform((value, context) => {
    const bytes = typeof value === "number" ? Math.floor(value) : parseBytes(value.trim());
    if (bytes === undefined || !Number.isSafeInteger(bytes)) {
      context.addIssue({ code: "custom", message: "takes bytes, or a size like 512m or 2g" });
      return z.NEVER;
    }
    if (bytes < sixMegabytes) {
      context.addIssue({ code: "custom", message: "takes 6m or more, the least that Docker allows" });
      return z.NEVER;
    }
    return bytes;
  });

const workspace = z.discriminatedUnion(
  "mode",
  [
    z.strictObject({
      mode: z.literal("copy"),
      source: z.string({ error: "takes the path of a folder on this machine" }).min(1),
      target: z.string().startsWith("/", "takes an absolute path inside the container").optional(),
    }),
    z.strictObject({
      mode: z.literal("none"),
      target: z.string().startsWith("/", "takes an absolute path inside the container").optional(),
    }),
  ],
  { error: 'takes {"mode": "copy", "source": …} or {"mode": "none"}' },
);

/**
 * What an agent is made from (SPEC C1, X5). Unknown keys are refused: a misspelt limit must not be no limit.
 */
export const specSchema = z.strictObject({
  name: z.string().regex(agentNamePattern, `takes ${agentNameRule}`).optional(),
  /** The agent type: which coding agent, or `command`. */
  type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, "takes lower-case letters, digits and dashes")
    .default("command"),
  image: z.string().min(1, "takes an image reference like debian:bookworm-slim").optional(),
  pull: z
    .enum(["missing", "always", "never"], { error: "takes missing, always or never" })
    .default("missing"),
  /** Runs beside sshd, as the agent's user; the container ends when it does. */
  command: z.array(z.string()).min(1, "takes a command and its arguments as a list").optional(),
  env: z.record(envName, z.string()).default({}),
  cpus: z
    .number({ error: "takes a number of CPUs above 0" })
    .positive("takes a number of CPUs above 0")
    .optional(),
  memory: memory.optional(),
  /** NVIDIA GPUs: all, a number, or those with these ids. */
  gpu: z
    .union(
      [
        z.literal(true),
        z.strictObject({ count: z.int("takes 1 or more GPUs").min(1, "takes 1 or more GPUs") }),
        z.strictObject({
          deviceIds: z.array(z.string().min(1, "takes ids of GPUs")).min(1, "takes ids of GPUs"),
        }),
      ],
      { error: gpuRule },
    )
    .optional(),
  ports: z
    .array(
      z.strictObject({
        port,
        hostPort: port.optional(),
        hostIp: z.string().default("127.0.0.1"),
        protocol: z.enum(["tcp", "udp"]).default("tcp"),
      }),
    )
    .default([]),
  /** The bridge network to join; made when it is missing. */
  network: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "takes the name of a network")
    // An agent on one of these has no port that could be published, or shares the host's.
    .refine((name) => !["host", "none", "default"].includes(name), "takes the name of a bridge network")
    .optional(),
  tags: z.record(z.string().min(1), z.string(), { error: "takes names and values, both text" }).default({}),
  labels: z
    .record(
      z
        .string()
        .min(1)
        .refine(
          (key) => !key.startsWith("com.imbue.mngr.") && !key.startsWith("agent-containers."),
          "takes labels outside com.imbue.mngr. and agent-containers., which are ours",
        ),
      z.string(),
    )
    .default({}),
  workspace: workspace.default({ mode: "none" }),
  /** Packages of the image's own distribution, added to those every agent has. */
  packages: z.array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9+._:-]*$/, "takes package names")).default([]),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "takes a Linux user name")
    .default("agent"),
  /** Seconds without use after which the agent stops itself; 0 is never. */
  idleTimeout: z
    .int("takes whole seconds, 0 for never")
    .min(0, "takes whole seconds, 0 for never")
    .default(800),
  /** Flags of `docker run`, with the Docker CLI's own grammar and effect (SPEC C2); docs/start-args.md. */
  startArgs: z.array(z.string(), { error: "takes a list of docker run flags" }).default([]),
  restart: z.enum(["no", "on-failure", "always", "unless-stopped"]).default("no"),
  parentId: z.string().optional(),
});

/** A checked request for an agent. */
export type AgentSpec = z.output<typeof specSchema>;

/** What a user may give: every field is optional. */
export type AgentSpecInput = z.input<typeof specSchema>;

/** The first problem of a zod error as `SPEC_INVALID`: the field as a path, and what it takes. */
export function specInvalid(error: z.ZodError, subject = "The request"): AgentError {
  const issue = error.issues[0];
  const unknownKeys = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const field = [...(issue?.path ?? []), ...unknownKeys.slice(0, 1)].join(".");
  const problem = unknownKeys.length > 0 ? "is not a field" : (issue?.message ?? "is not valid");
  return new AgentError("SPEC_INVALID", field ? `"${field}" ${problem}.` : `${subject} ${problem}.`, {
    field,
    remedy: field ? `Correct "${field}" and try again.` : "Correct it and try again.",
  });
}

/** Checks a request from anywhere: a prompt, a file, another extension. Throws `SPEC_INVALID` naming the field. */
export function parseSpec(input: unknown): AgentSpec {
  const result = specSchema.safeParse(input);
  if (!result.success) throw specInvalid(result.error);
  return result.data;
}
