import { AgentError } from "../model/errors.js";
import { registryHostOf } from "./registryHost.js";

const absent =
  /manifest unknown|manifest for .* not found|not found|does not exist|no matching manifest|name unknown|NAME_UNKNOWN/i;
const denied =
  /unauthorized|authentication required|no basic auth|access .*denied|denied|forbidden|incorrect username/i;
const otherPlatform = /no matching manifest|no match for platform|does not match the specified platform/i;

/** Ways in which a registry is not reached, and what to do about each; first match wins. */
const unreachable: readonly (readonly [RegExp, (host: string) => string])[] = [
  [
    /server gave HTTP response to HTTPS client/i,
    (host) =>
      `It speaks plain HTTP: add "${host}" to insecure-registries in the engine's daemon.json and restart the engine.`,
  ],
  [
    /x509|certificate|tls: /i,
    (host) =>
      `Let the engine's host trust its certificate: put it at /etc/docker/certs.d/${host}/ca.crt there.`,
  ],
  [
    /toomanyrequests|too many requests|pull rate limit/i,
    (host) =>
      `Log in, which raises the limit: docker login${host === "docker.io" ? "" : ` ${host}`}. Or wait.`,
  ],
  [
    /no such host|connection refused|timeout|deadline exceeded|connection reset|network is unreachable|no route to host|server misbehaving|EOF|proxyconnect|Service Unavailable|Bad Gateway/i,
    () => "Check the network of the engine's host, or use an image that the engine already has.",
  ],
];

/** With which login a pull was tried. */
export interface Tried {
  /** True where a login was sent. */
  login: boolean;
  /** Of a login with a password. */
  user?: string;
  /** Why a login could not be read. */
  problem?: string;
}

/**
 * Why a pull failed, from the engine's words: in its status or, after a 200, inside the progress stream.
 * `NO_SPACE`, `IMAGE_NOT_FOUND`, `REGISTRY_AUTH`, `REGISTRY_UNREACHABLE`, else `ENGINE_FAILED`.
 * Docker Hub says "access denied" of a repository that does not exist, so that absence is asked before denial.
 */
export function pullError(reference: string, message: string, tried: Tried = { login: false }): AgentError {
  const words = message.trim().replace(/\.$/, "");
  const { host } = registryHostOf(reference);
  const login = `docker login${host === "docker.io" ? "" : ` ${host}`}`;
  if (/no space left on device/i.test(words)) {
    return new AgentError("NO_SPACE", `The engine's disk is full: ${reference} cannot be pulled.`, {
      remedy: "Free some space, for example with docker system prune, and try again.",
    });
  }
  if (/invalid reference format|must be lowercase/i.test(words)) {
    return new AgentError("SPEC_INVALID", `"${reference}" is not the name of an image: ${words}.`, {
      remedy: "Give an image like debian:bookworm-slim.",
      field: "image",
    });
  }
  const away = unreachable.find(([says]) => says.test(words));
  if (away && /no such host|connection refused/i.test(words)) return cannotReach(reference, words, host);
  if (otherPlatform.test(words)) return noSuchPlatform(reference, words);
  if (absent.test(words)) {
    // Registries hide what is private by saying that it is not there.
    const mayBePrivate = denied.test(words) || words.includes("docker login");
    return new AgentError(
      "IMAGE_NOT_FOUND",
      mayBePrivate
        ? `The image ${reference} was not found, or is private: ${words}.`
        : `The image ${reference} was not found: ${words}.`,
      { remedy: `Check its name. If it is private: ${login}`, field: "image" },
    );
  }
  if (denied.test(words)) return noAccess(reference, words, login, tried);
  if (away) return cannotReach(reference, words, host);
  return new AgentError("ENGINE_FAILED", `The image ${reference} could not be pulled: ${words}.`);
}

/** `IMAGE_NOT_FOUND`: there is the image, but not for the platform that was asked for. */
function noSuchPlatform(reference: string, words: string): AgentError {
  return new AgentError("IMAGE_NOT_FOUND", `There is no ${reference} for this platform: ${words}.`, {
    remedy: "Use an image that is made for the platform, or another --platform.",
    field: "image",
  });
}

function noAccess(reference: string, words: string, login: string, tried: Tried): AgentError {
  const { user, problem } = tried;
  if (tried.login) {
    const as = user === undefined ? "your login" : `the login of ${user}`;
    return new AgentError(
      "REGISTRY_AUTH",
      `The registry refuses ${as}, or does not let it pull ${reference}: ${words}.`,
      { remedy: `Log in again: ${login}` },
    );
  }
  const without = problem === undefined ? "" : ` No login was sent: ${problem}.`;
  return new AgentError(
    "REGISTRY_AUTH",
    `The registry does not let you pull ${reference} without a login: ${words}.${without}`,
    {
      remedy:
        problem === undefined
          ? `Log in, on this machine: ${login}`
          : `Repair that, or log in on this machine: ${login}`,
    },
  );
}

function cannotReach(reference: string, words: string, host: string): AgentError {
  const [, remedy] = unreachable.find(([says]) => says.test(words)) ?? [];
  return new AgentError("REGISTRY_UNREACHABLE", `The registry of ${reference} cannot be reached: ${words}.`, {
    remedy: remedy?.(host),
  });
}
