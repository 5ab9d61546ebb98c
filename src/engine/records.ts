import * as z from "zod";
import { AgentError } from "../model/errors.js";

/**
 * What the engine answers, as far as we read it. Lenient on purpose: unknown keys are dropped, and a field that is
 * missing or not of its type takes its empty value, so that one odd container (or another maker's engine) never
 * blanks a list. Source: Docker Engine API v1.41 to v1.51; null stands for an empty list or map in many places.
 */
const text = z.string().catch("");
const optionalText = z.string().optional().catch(undefined);
const number = z.number().catch(0);
const flag = z.boolean().catch(false);
const texts = z.array(z.string()).catch([]);
const map = <T extends z.ZodType>(value: T) => z.record(z.string(), value).catch({});
const list = <T extends z.ZodType>(value: T) => z.array(value).catch([]);
const labels = map(z.string().catch(""));

/** Go's zero time, and what is no date, are undefined. */
const date = z
  .string()
  .transform((value) => (value.startsWith("0001-") ? undefined : validDate(value)))
  .optional()
  .catch(undefined);

function validDate(value: string): Date | undefined {
  const parsed = new Date(value);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed;
}

const mount = z.object({ Type: text, Name: optionalText, Source: text, Destination: text });
const networkSettings = z
  .object({
    Networks: map(z.object({ IPAddress: text }).catch({ IPAddress: "" })),
    Ports: map(list(z.object({ HostIp: text, HostPort: text }))),
  })
  .catch({ Networks: {}, Ports: {} });

export const containerItem = z
  .object({
    Id: text,
    Names: texts,
    Image: text,
    State: text,
    Status: text,
    /** Seconds since 1970. */
    Created: number,
    Labels: labels,
    Ports: list(
      z.object({
        IP: optionalText,
        PrivatePort: number,
        PublicPort: z.number().optional().catch(undefined),
        Type: text,
      }),
    ),
    NetworkSettings: networkSettings,
    Mounts: list(mount),
  })
  .catch({
    Id: "",
    Names: [],
    Image: "",
    State: "",
    Status: "",
    Created: 0,
    Labels: {},
    Ports: [],
    NetworkSettings: { Networks: {}, Ports: {} },
    Mounts: [],
  });
export type ContainerItem = z.infer<typeof containerItem>;
export const containerItems = z.array(containerItem);

export const containerDetails = z.object({
  Id: z.string(),
  Name: text,
  Created: date,
  State: z.object({
    Status: text,
    ExitCode: number,
    OOMKilled: flag,
    Error: text,
    StartedAt: date,
    FinishedAt: date,
  }),
  Config: z.object({ Image: text, Labels: labels, Tty: flag }),
  NetworkSettings: networkSettings,
  Mounts: list(mount),
});
export type ContainerDetails = z.infer<typeof containerDetails>;

export const created = z.object({ Id: z.string().min(1), Warnings: texts });
export const waited = z.object({ StatusCode: z.number() });
export const execState = z.object({
  Running: flag,
  ExitCode: z.number().nullish().catch(undefined),
});

export const imageDetails = z.object({
  Id: z.string(),
  RepoTags: texts,
  Architecture: text,
  Size: number,
  Config: z
    .object({ Labels: labels, Env: texts, WorkingDir: text, User: text, Entrypoint: texts, Cmd: texts })
    .catch({ Labels: {}, Env: [], WorkingDir: "", User: "", Entrypoint: [], Cmd: [] }),
});
export const imageItems = z.array(
  z.object({ Id: z.string(), RepoTags: texts, Labels: labels, Created: number, Size: number }),
);

export const networkItem = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: text,
  Driver: text,
  Labels: labels,
  IPAM: z
    .object({ Config: list(z.object({ Subnet: optionalText, Gateway: optionalText })) })
    .catch({ Config: [] }),
});
export type NetworkItem = z.infer<typeof networkItem>;
export const networkItems = z.array(networkItem);

export const volumeItems = z.object({ Volumes: list(z.object({ Name: z.string(), Labels: labels })) });

export const engineInfo = z.object({
  Architecture: text,
  OperatingSystem: text,
  OSType: text,
  NCPU: number,
  MemTotal: number,
  CgroupVersion: z.string().catch("1"),
  Runtimes: map(z.unknown()),
  /** Engine 28.2 (API 1.50) and later. */
  DiscoveredDevices: list(z.object({ Source: text, ID: text })),
});

export const engineVersion = z.object({ Version: text, ApiVersion: text });

export const eventMessage = z.object({
  Type: text,
  Action: text,
  Actor: z.object({ ID: text, Attributes: labels }),
  time: number,
  timeNano: number,
});

/** Checks an answer; `ENGINE_FAILED` naming `what` when it is not even of that kind. */
export function readAnswer<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.length ? ` at ${issue.path.join(".")}` : "";
  throw new AgentError("ENGINE_FAILED", `The engine's answer about ${what} cannot be read${where}.`, {
    remedy:
      "Check that it is a Docker engine of version 20.10 or later, with nothing between that changes its answers.",
    cause: result.error,
  });
}
