import { askCredentialHelper } from "./credentialHelper.js";
import { readRegistryConfig } from "./registryConfig.js";
import type { RegistryConfig, RegistryConfigEntry } from "./registryConfig.js";
import { registryHostOf } from "./registryHost.js";
import type { Surroundings } from "./resolveEndpoint.js";

/** A login as the engine takes it in `X-Registry-Auth`. Source: Engine API 1.41, "Authentication". */
export interface RegistryAuth {
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
  serveraddress: string;
}

/** How a pull authenticates; `auth` holds secrets and goes into one header, nowhere else. */
export interface RegistryLogin {
  /** As `docker login` takes it. */
  host: string;
  auth?: RegistryAuth;
  /** Why a login that is configured could not be read, without secrets: the end of a sentence. */
  problem?: string;
}

/**
 * The login of the registry that `reference` is on, as the Docker CLI finds it: `DOCKER_AUTH_CONFIG`, then the helper
 * for this registry (`credHelpers`), else the store (`credsStore`), else `auths`. Rejects with the signal's reason
 * only. Source: docker/cli, cli/config/configfile/file.go (GetAuthConfig) and cli/config/credentials.
 */
export async function readRegistryLogin(
  reference: string,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<RegistryLogin> {
  const { host, key } = registryHostOf(reference);
  const { config, ambient, problem } = await readRegistryConfig(surroundings);
  const given = authOf(findEntry(ambient, key), key);
  if (given) return { host, auth: given };
  if (problem !== undefined) return { host, problem };
  // An empty helper for a registry means the file, as in the CLI.
  const helper = Object.hasOwn(config.credHelpers, key) ? config.credHelpers[key] : config.credsStore;
  if (!helper) {
    const auth = authOf(findEntry(config.auths, key), key);
    return { host, ...(auth && { auth }) };
  }
  const answer = await askCredentialHelper(helper, key, surroundings, signal);
  if (answer.problem !== undefined) return { host, problem: answer.problem };
  if (!answer.secret) return { host };
  // What the helpers keep of a login with a token.
  if (answer.username === "<token>") {
    return { host, auth: { identitytoken: answer.secret, serveraddress: key } };
  }
  return { host, auth: { username: answer.username, password: answer.secret, serveraddress: key } };
}

/**
 * Every login that the configuration names, by its key: what `docker build` gives the engine for base images. One
 * that cannot be read is left out, and the registry then says that it wants one.
 */
export async function readRegistryLogins(
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<Record<string, RegistryAuth>> {
  const { config, ambient } = await readRegistryConfig(surroundings);
  const keys = new Set([ambient, config.auths, config.credHelpers].flatMap((part) => Object.keys(part)));
  const found = await Promise.all(
    [...keys].map(async (key) => {
      const { auth } = await readRegistryLogin(referenceOn(key), surroundings, signal);
      return auth ? [[auth.serveraddress, auth] as const] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Some image of the registry with this key, which an older CLI wrote as a URL. */
function referenceOn(key: string): string {
  const host = key.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  return `${host}/image`;
}

/** By its key, else by the host of a key that an older CLI wrote as a URL. */
function findEntry(auths: RegistryConfig["auths"], key: string): RegistryConfigEntry | undefined {
  if (Object.hasOwn(auths, key)) return auths[key] ?? undefined;
  const hostOf = (url: string) => url.replace(/^https?:\/\//, "").split("/")[0];
  const found = Object.entries(auths).find(([other]) => hostOf(other) === key);
  return found?.[1] ?? undefined;
}

function authOf(entry: RegistryConfigEntry | undefined, key: string): RegistryAuth | undefined {
  if (!entry) return undefined;
  const { identitytoken, registrytoken } = entry;
  const [username, password] = entry.auth ? splitAuth(entry.auth) : [entry.username, entry.password];
  if (!username && !identitytoken && !registrytoken) return undefined;
  return {
    ...(username && { username, password }),
    ...(identitytoken && { identitytoken }),
    ...(registrytoken && { registrytoken }),
    serveraddress: key,
  };
}

/** `user:password` in base64; an old CLI filled it up with NUL. */
function splitAuth(auth: string): [string, string] {
  const decoded = Buffer.from(auth, "base64").toString();
  const colon = decoded.indexOf(":");
  return colon < 0 ? ["", ""] : [decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, "")];
}
