import { AgentError } from "../model/errors.js";

const unreachable =
  /no such host|connection refused|i\/o timeout|timeout|deadline exceeded|connection reset|network is unreachable|no route to host|server misbehaving|EOF|proxyconnect|x509|server gave HTTP response to HTTPS client|Service Unavailable|Bad Gateway|toomanyrequests|too many requests/i;
const absent =
  /manifest unknown|manifest for .* not found|not found|does not exist|no matching manifest|name unknown|NAME_UNKNOWN/i;
const denied = /unauthorized|authentication required|no basic auth|access .*denied|denied|forbidden/i;

/**
 * Why a pull failed, from the engine's words: in its status or, after a 200, inside the progress stream.
 * `NO_SPACE`, `IMAGE_NOT_FOUND`, `REGISTRY_AUTH`, `REGISTRY_UNREACHABLE`, else `ENGINE_FAILED`.
 * Docker Hub says "access denied" of a repository that does not exist, so that absence is asked before denial.
 */
export function pullError(reference: string, message: string): AgentError {
  const words = message.trim().replace(/\.$/, "");
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
  if (/no such host|connection refused/i.test(words)) return registryUnreachable(reference, words);
  if (absent.test(words)) {
    return new AgentError("IMAGE_NOT_FOUND", `The image ${reference} was not found: ${words}.`, {
      remedy: "Check its name. If it is private, run docker login for its registry and pull it first.",
    });
  }
  if (denied.test(words)) {
    return new AgentError("REGISTRY_AUTH", `The registry does not let you pull ${reference}: ${words}.`, {
      remedy: "Run docker login for its registry and pull the image with docker pull.",
    });
  }
  if (unreachable.test(words)) return registryUnreachable(reference, words);
  return new AgentError("ENGINE_FAILED", `The image ${reference} could not be pulled: ${words}.`);
}

function registryUnreachable(reference: string, words: string): AgentError {
  return new AgentError("REGISTRY_UNREACHABLE", `The registry of ${reference} cannot be reached: ${words}.`, {
    remedy: "Check the network of the engine's host, or use an image that the engine already has.",
  });
}
