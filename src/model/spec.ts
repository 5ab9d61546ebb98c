import * as z from "zod";
import { agentNamePattern, agentNameRule } from "./agentName.js";
import { AgentError } from "./errors.js";
import { mountField } from "./mountSpec.js";
import { secretsField, tailscaleField } from "./secretSource.js";
import { sessionsField } from "./sessionSpec.js";
import { parseBytes } from "./size.js";
import { workspaceField } from "./workspaceSpec.js";
import { networkNamePattern } from "./network.js";
import { isSubnet } from "./subnets.js";

const sixMegabytes = 6 * 1024 ** 2;
const envName = z.string().regex(/^[^=\0]+$/, "takes names without an equals sign");
const envFileRule = "takes the path of a file of KEY=value lines, or a list of them";
const envFilePath = z.string().min(1, envFileRule);
/** Paths of files of variables, or one. */
export const envFileField = z.union([envFilePath.transform((path) => [path]), z.array(envFilePath)], {
  error: envFileRule,
});
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

const dockerfileRule = 'takes the path of a Dockerfile, or {"path": …, "context": …, "args": […]}';
const dockerfile = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        path: z.string({ error: "takes the path of a Dockerfile" }).min(1, "takes the path of a Dockerfile"),
        /** The folder that is sent to the engine; that of the Dockerfile when absent. */
        context: z.string({ error: "takes the path of a folder" }).min(1).optional(),
        /** Flags of `docker build`, with the Docker CLI's own grammar; docs/build-args.md. */
        args: z.array(z.string(), { error: "takes a list of docker build flags" }).default([]),
      }),
    ],
    { error: dockerfileRule },
  )
  .transform((given) => (typeof given === "string" ? { path: given, args: [] } : given));

export const networkRule = "takes the name of a bridge network, or {name, subnet, gateway}";
const networkName = z
  .string()
  .regex(networkNamePattern, "takes the name of a network")
  // An agent on one of these has no port that could be published, or shares the host's.
  .refine((name) => !["host", "none", "default"].includes(name), "takes the name of a bridge network");

const specFields = z.strictObject({
  name: z.string().regex(agentNamePattern, `takes ${agentNameRule}`).optional(),
  /** The agent type: which coding agent, or `command`. */
  type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, "takes lower-case letters, digits and dashes")
    .default("command"),
  image: z.string().min(1, "takes an image reference like debian:bookworm-slim").optional(),
  /** Built, in place of an image that is there or is pulled (SPEC I2). */
  dockerfile: dockerfile.optional(),
  pull: z
    .enum(["missing", "always", "never"], { error: "takes missing, always or never" })
    .default("missing"),
  /** Runs beside sshd, as the agent's user; the container ends when it does. */
  command: z.array(z.string()).min(1, "takes a command and its arguments as a list").optional(),
  env: z.record(envName, z.string()).default({}),
  /** Files with Docker's own `--env-file` grammar, on this machine; `env` wins over them. */
  envFile: envFileField.default([]),
  /** What reaches the agent through a tmpfs alone; docs/secrets.md. */
  secrets: secretsField.default({}),
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
  /** The bridge network to join; made when it is missing. A name takes it as it is, an object as it says. */
  network: z
    .union(
      [
        networkName,
        z.strictObject({
          name: networkName,
          subnet: z.string().refine(isSubnet, "takes a subnet like 172.30.0.0/16").optional(),
          gateway: z.ipv4("takes an address like 172.30.0.1").optional(),
        }),
      ],
      { error: networkRule },
    )
    .optional(),
  /** NET_ADMIN and /dev/net/tun; with an auth key, the agent joins that network (SPEC C8). */
  tailscale: tailscaleField.optional(),
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
  workspace: workspaceField.default({ mode: "none" }),
  /** Files, folders, volumes and tmpfs; an object or the text of a `docker run --mount` each. */
  mounts: z.array(mountField, { error: "takes a list of mounts" }).default([]),
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
  /** `lossless` refuses a snapshot that would leave something out: a bind mount, a shared volume. */
  snapshots: z.enum(["any", "lossless"], { error: "takes any or lossless" }).default("any"),
  /** Commands that run in tmux beside the agent's own, from every start on (SPEC section 8). */
  sessions: sessionsField.default([]),
  parentId: z.string().optional(),
});

/**
 * What an agent is made from (SPEC C1, X5). Unknown keys are refused: a misspelt limit must not be no limit.
 */
export const specSchema = specFields.superRefine((spec, context) => {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  if (spec.dockerfile === undefined) return;
  if (spec.image !== undefined) refuse("dockerfile", 'and "image" exclude each other: give one of them');
  if (spec.pull === "never") refuse("pull", "takes missing or always with a dockerfile");
});

/** A checked request for an agent. */
export type AgentSpec = z.output<typeof specSchema>;

/** What a user may give: every field is optional. */
export type AgentSpecInput = z.input<typeof specSchema>;

/** What is wrong inside a value that has several forms, where it can only be meant as one of them. */
function innermost(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const deeper = issue.errors.flatMap((errors) => errors.find(({ path }) => path.length > 0) ?? []);
  const [inner] = deeper.length === 1 ? deeper : [];
  return inner ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
}

/** The first problem of a zod error as `SPEC_INVALID`: the field as a path, and what it takes. */
export function specInvalid(error: z.ZodError, subject = "The request"): AgentError {
  const issue = innermost(error.issues[0]);
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
