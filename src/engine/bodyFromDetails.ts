import * as z from "zod";
import type { ContainerBody, EndpointConfig, HostConfig, Healthcheck } from "../model/containerBody.js";
import { readAnswer } from "./records.js";

/** Null, which the engine gives for what is not set, is left out. */
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const keys = z.record(z.string(), z.unknown()).nullish();

const details = z.object({
  Id: z.string(),
  /** By id: the name it was made by may mean another image by now, or nothing. */
  Image: z.string(),
  Config: z.object({
    Hostname: text,
    Domainname: text,
    User: text,
    WorkingDir: text,
    Entrypoint: texts,
    Cmd: texts,
    Env: texts,
    Labels: z.record(z.string(), z.string()).nullish(),
    ExposedPorts: keys,
    Volumes: keys,
    Tty: z.boolean().nullish(),
    StopSignal: text,
    StopTimeout: z.number().nullish(),
    Healthcheck: z.custom<Healthcheck>().nullish(),
  }),
  // Handed back as it came: the engine takes at a create what it tells at an inspect.
  HostConfig: z.custom<HostConfig>((value) => typeof value === "object" && value !== null),
  NetworkSettings: z.object({
    Networks: z
      .record(
        z.string(),
        z.object({
          Aliases: texts,
          Links: texts,
          DriverOpts: z.record(z.string(), z.string()).nullish(),
          IPAMConfig: z.custom<NonNullable<EndpointConfig["IPAMConfig"]>>().nullish(),
        }),
      )
      .nullish(),
  }),
});

/** What is set: neither null, nor an empty text, list or map. */
function setOnly<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const isSet = (value: unknown) =>
    value !== null &&
    value !== undefined &&
    value !== "" &&
    value !== false &&
    (typeof value !== "object" || Object.keys(value).length > 0);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isSet(value))) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

const emptyValues = (
  map: Record<string, unknown> | null | undefined,
): Record<string, Record<string, never>> =>
  Object.fromEntries(Object.keys(map ?? {}).map((key) => [key, {}]));

/**
 * The request that would make the container again, from the answer of `GET /containers/{id}/json`. Pure. What the
 * engine adds by itself (the alias that is the container's short id) is left out.
 */
export function bodyFromDetails(answer: unknown): ContainerBody {
  const { Id, Image, Config, HostConfig, NetworkSettings } = readAnswer(details, answer, "the container");
  const { ExposedPorts, Volumes, ...config } = Config;
  const endpoints = Object.entries(NetworkSettings.Networks ?? {}).map(([name, endpoint]) => {
    const own = Id.slice(0, 12);
    const Aliases = (endpoint.Aliases ?? []).filter((alias) => alias !== own);
    return [name, setOnly({ ...endpoint, Aliases })] as const;
  });
  return {
    Image,
    ...setOnly(config),
    ...setOnly({ ExposedPorts: emptyValues(ExposedPorts), Volumes: emptyValues(Volumes) }),
    HostConfig,
    ...(endpoints.length > 0 && { NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpoints) } }),
  };
}
