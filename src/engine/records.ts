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
const networks = map(z.object({ IPAddress: text }).catch({ IPAddress: "" }));
const networkSettings = z
  .object({
    Networks: networks,
    Ports: map(list(z.object({ HostIp: text, HostPort: text }))),
  })
  .catch({ Networks: {}, Ports: {} });

/** Each is read by `containerFacts`. */
export const containerList = z.array(z.unknown());

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
  HostConfig: z.object({ Tmpfs: z.record(z.string(), z.string()).nullish() }).catch({}),
});
export type ContainerDetails = z.infer<typeof containerDetails>;

export const containerSize = z.object({ SizeRw: number });
export const created = z.object({ Id: z.string().min(1), Warnings: texts });
export const waited = z.object({ StatusCode: z.number() });
export const execState = z.object({
  Running: flag,
  /** 0 until the command runs. */
  Pid: z.number().catch(0),
  ExitCode: z.number().nullish().catch(undefined),
});

const cpuStats = z
  .object({
    cpu_usage: z
      .object({ total_usage: number, percpu_usage: list(number) })
      .catch({ total_usage: 0, percpu_usage: [] }),
    system_cpu_usage: number,
    online_cpus: number,
  })
  .catch({ cpu_usage: { total_usage: 0, percpu_usage: [] }, system_cpu_usage: 0, online_cpus: 0 });

/** One line of `GET /containers/{id}/stats`; what a cgroup version does not count is absent or null. */
export const statsRecord = z.object({
  /** Go's zero time, and so absent here, for a container that does not run. */
  read: date,
  /** When the reading before it was made; absent from the first of a stream. */
  preread: date,
  cpu_stats: cpuStats,
  precpu_stats: cpuStats,
  memory_stats: z
    .object({ usage: number, limit: number, stats: map(number) })
    .catch({ usage: 0, limit: 0, stats: {} }),
  blkio_stats: z
    .object({ io_service_bytes_recursive: list(z.object({ op: text, value: number })) })
    .catch({ io_service_bytes_recursive: [] }),
  networks: map(z.object({ rx_bytes: number, tx_bytes: number })),
  pids_stats: z.object({ current: number }).catch({ current: 0 }),
});
export type StatsRecord = z.infer<typeof statsRecord>;

export const imageDetails = z.object({
  Id: z.string(),
  RepoTags: texts,
  Architecture: text,
  Variant: text,
  Size: number,
  Metadata: z.object({ LastTagTime: optionalText }).optional().catch(undefined),
  Config: z
    .object({ Labels: labels, Env: texts, WorkingDir: text, User: text, Entrypoint: texts, Cmd: texts })
    .catch({ Labels: {}, Env: [], WorkingDir: "", User: "", Entrypoint: [], Cmd: [] }),
});
export const imageItems = z.array(
  z.object({
    Id: z.string(),
    ParentId: text,
    RepoTags: texts,
    Labels: labels,
    Created: number,
    Size: number,
  }),
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

export const volumeUsage = z.object({
  Volumes: list(
    z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).catch({ Size: -1 }) }),
  ),
});
export const volumeItem = z.object({ Name: z.string(), Labels: labels, Driver: text, Options: labels });
export type VolumeItem = z.infer<typeof volumeItem>;
export const volumeItems = z.object({ Volumes: list(volumeItem) });

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

/** What a header says of one path of a container. */
export const pathStat = z
  .string()
  .transform((text): unknown => {
    try {
      return JSON.parse(Buffer.from(text, "base64").toString());
    } catch {
      return undefined;
    }
  })
  .pipe(z.object({ mtime: z.coerce.date() }));

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
