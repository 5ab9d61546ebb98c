import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { messageOf } from "../model/errors.js";
import { isMissing, parseJson } from "./dockerContexts.js";
import { configFolder } from "./resolveEndpoint.js";
import type { Surroundings } from "./resolveEndpoint.js";

const text = z.string().catch("");

const entry = z.object({
  auth: text,
  username: text,
  password: text,
  identitytoken: text,
  registrytoken: text,
});
const auths = z.record(z.string(), entry.nullable().catch(null)).catch({});

const configFile = z.object({
  auths,
  credHelpers: z.record(z.string(), text).catch({}),
  credsStore: text,
});

/** What the Docker CLI's configuration says of logins. */
export type RegistryConfig = z.infer<typeof configFile>;
export type RegistryConfigEntry = z.infer<typeof entry>;

/**
 * Reads `config.json` of the Docker CLI's configuration folder (`DOCKER_CONFIG`, else `~/.docker`), and
 * `DOCKER_AUTH_CONFIG`, whose `auths` come before the file's. A missing file is an empty one; `problem` says, without
 * any of its content, why one cannot be read. Source: docker/cli, cli/config/configfile/file.go.
 */
export async function readRegistryConfig(
  surroundings: Surroundings,
): Promise<{ config: RegistryConfig; ambient: RegistryConfig["auths"]; problem?: string }> {
  const path = join(configFolder(surroundings), "config.json");
  const ambient = z.object({ auths }).safeParse(parseJson(surroundings.env.DOCKER_AUTH_CONFIG ?? ""));
  const result = (content: unknown, problem?: string) => ({
    config: configFile.parse(content),
    ambient: ambient.success ? ambient.data.auths : {},
    ...(problem !== undefined && { problem }),
  });
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    return isMissing(error) ? result({}) : result({}, `${path} cannot be read (${messageOf(error)})`);
  }
  if (!content.trim()) return result({});
  const json = parseJson(content);
  if (typeof json !== "object" || json === null) return result({}, `${path} is malformed`);
  return result(json);
}
