import * as z from "zod";
import type { ContainerBody, EndpointConfig, HostConfig } from "./containerBody.js";

/** Something of an agent that its snapshot does not hold (SPEC S2). */
export interface Excluded {
  /** `bind`: a folder of the engine's host. `volume`: a named or shared volume. `network`: storage on the network. */
  kind: "bind" | "volume" | "tmpfs" | "network" | "gpu";
  /** Where it is in the agent; for a GPU, what it is. */
  path: string;
}

/** A snapshot as every door shows it (SPEC X5): plain JSON. */
export interface Snapshot {
  /** Eight hexadecimal digits, unique on the engine. */
  id: string;
  name: string;
  note?: string;
  /** `mngr-snapshot:<agent id>-<id>`. */
  image: string;
  agentId: string;
  /** The agent's name when it was taken. */
  agentName: string;
  /** The snapshot that the agent itself was made from, if any. */
  parentId: string | null;
  createdAt: string;
  /** What it adds to the image it was taken over; the whole image where the engine does not tell. */
  sizeBytes: number;
  /** The endpoint of its engine. */
  engine: string;
  excluded: readonly Excluded[];
}

/** Images that are snapshots carry it; its value is a `SnapshotRecord` as JSON. */
export const snapshotLabel = "agent-containers.snapshot";
/** On an agent: the id of the snapshot that it was made from. */
export const fromSnapshotLabel = "agent-containers.from-snapshot";

const repository = "mngr-snapshot";
const forkBaseRepository = "agent-containers-fork-base";
const unfinishedRepository = "agent-containers-unfinished";

/** The name of a snapshot's image (SPEC S1). */
export function snapshotReference(agentId: string, id: string): string {
  return `${repository}:${agentId}-${id}`;
}

/** The name of an image that agents were forked from and that is no snapshot, or none any more. */
export function forkBaseReference(id: string): string {
  return `${forkBaseRepository}:${id}`;
}

/** The name of an image whose snapshot is not finished: the files beside it are not all there. */
export function unfinishedReference(id: string): string {
  return `${unfinishedRepository}:${id}`;
}

/** True for the tag of such an image. */
export function isUnfinishedReference(tag: string): boolean {
  return tag.startsWith(`${unfinishedRepository}:`);
}

/** True for the tag of an image that agents were forked from. */
export function isForkBaseReference(tag: string): boolean {
  return tag.startsWith(`${forkBaseRepository}:`);
}

/** True for the tag of a snapshot; a container made from one inherits the label, and so may other images. */
export function isSnapshotReference(tag: string): boolean {
  return tag.startsWith(`${repository}:`);
}

/** The volume with the files that the agent kept in /mngr. */
export function snapshotVolume(id: string): string {
  return `agent-containers-snapshot-${id}`;
}

const object = <T extends object>() => z.custom<T>((value) => typeof value === "object" && value !== null);

const record = z.looseObject({
  schema: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{8}$/),
  agentId: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/),
  agentName: z.string(),
  name: z.string(),
  note: z.string().optional(),
  parentId: z.string().nullable().catch(null),
  createdAt: z.string(),
  /** The volume beside the image; null when /mngr was empty. */
  volume: z.string().nullable(),
  excluded: z
    .array(z.object({ kind: z.enum(["bind", "volume", "tmpfs", "network", "gpu"]), path: z.string() }))
    .catch([]),
  /** The verb that took it, as on what it makes beside. */
  owner: z.string().optional(),
  hostname: z.string().optional(),
  /** What a container takes from a request alone, and from no image. */
  config: z
    .object({
      Domainname: z.string().optional(),
      StopTimeout: z.number().optional(),
      Tty: z.boolean().optional(),
    })
    .catch({}),
  hostConfig: object<HostConfig>(),
  endpoints: z.record(z.string(), object<EndpointConfig>()).catch({}),
});

/** What a snapshot's image says of itself, and what an image alone does not hold of a container. */
export type SnapshotRecord = z.output<typeof record>;

/** Reads the label of an image. Undefined when it is not there, or not one that this version can read. */
export function parseSnapshotRecord(text: string | undefined): SnapshotRecord | undefined {
  if (!text) return undefined;
  try {
    const result = record.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    // Not JSON: nobody's snapshot.
    return undefined;
  }
}

const isUnset = (value: unknown): boolean =>
  value === null ||
  value === "" ||
  value === 0 ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** Options of log drivers that are about the log alone; the others may be a token, or say where one is. */
const logOptions = new Set(["max-size", "max-file", "max-buffer-size", "mode", "compress"]);

/**
 * What of a container an image does not hold: limits, mounts, networks. Values that are the engine's defaults are left
 * out, and so are options of its log driver that may hold a token.
 */
export function recipeOf(
  body: ContainerBody,
): Pick<SnapshotRecord, "hostname" | "config" | "hostConfig" | "endpoints"> {
  const { LogConfig, MaskedPaths, ReadonlyPaths, Init, MemorySwappiness, ...rest } = body.HostConfig ?? {};
  const { Domainname, StopTimeout, Tty } = body;
  const logging = Object.entries(LogConfig?.Config ?? {}).filter(([name]) => logOptions.has(name));
  return {
    hostname: body.Hostname,
    config: {
      ...(Domainname && { Domainname }),
      ...(StopTimeout !== undefined && { StopTimeout }),
      ...(Tty && { Tty }),
    },
    hostConfig: {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => !isUnset(value))),
      // Off is not the same as unset: then the engine decides, or the kernel.
      ...(typeof Init === "boolean" && { Init }),
      ...(typeof MemorySwappiness === "number" && MemorySwappiness >= 0 && { MemorySwappiness }),
      // Empty means that nothing is masked; absent would mean the engine's own list.
      ...(MaskedPaths?.length === 0 && { MaskedPaths }),
      ...(ReadonlyPaths?.length === 0 && { ReadonlyPaths }),
      ...(LogConfig && { LogConfig: { Type: LogConfig.Type, Config: Object.fromEntries(logging) } }),
    },
    endpoints: body.NetworkingConfig?.EndpointsConfig ?? {},
  };
}
