import { AgentError, isAgentError } from "../model/errors.js";
import type { ErrorCode } from "../model/errors.js";

interface Sentence {
  code: ErrorCode;
  /** What follows the name of the engine, or the whole sentence. */
  message: (engine: string) => string;
  remedy: string;
}

const start = "Start Docker, or choose another engine in the setting agentContainers.engine.";
const choose = "Check the address in the setting agentContainers.engine.";

const absent: Sentence = {
  code: "ENGINE_NOT_FOUND",
  message: (engine) => `No Docker engine at ${engine}.`,
  remedy: start,
};
const unknownHost: Sentence = {
  code: "ENGINE_NOT_FOUND",
  message: (engine) => `The host of the Docker engine ${engine} is not known.`,
  remedy: choose,
};
const refused: Sentence = {
  code: "ENGINE_UNREACHABLE",
  message: (engine) => `The Docker engine at ${engine} is not running.`,
  remedy: start,
};
const lost: Sentence = {
  code: "ENGINE_UNREACHABLE",
  message: (engine) => `The connection to the Docker engine at ${engine} was lost.`,
  remedy: "Check that Docker is running, and try again.",
};
const noRoute: Sentence = {
  code: "ENGINE_UNREACHABLE",
  message: (engine) => `The Docker engine at ${engine} cannot be reached from here.`,
  remedy: "Check the network, and the address in the setting agentContainers.engine.",
};
const denied: Sentence = {
  code: "ENGINE_PERMISSION",
  message: (engine) => `You are not allowed to use the Docker engine at ${engine}.`,
  remedy: "Join the docker group (sudo usermod -aG docker $USER), then log out and in again.",
};
const notHttp: Sentence = {
  code: "ENGINE_FAILED",
  message: (engine) => `What answers at ${engine} is not a Docker engine.`,
  remedy: `${choose} An engine with TLS needs its certificates, as a Docker context has them.`,
};

/** Codes of Node, libuv and getaddrinfo, as seen from sockets (research/perf section 6). */
const byCode: Readonly<Record<string, Sentence>> = {
  ENOENT: absent,
  ENOTDIR: absent,
  ENOTSOCK: absent,
  EPROTOTYPE: absent,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: noRoute,
  ECONNREFUSED: refused,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EHOSTDOWN: noRoute,
  EADDRNOTAVAIL: noRoute,
  EACCES: denied,
  EPERM: denied,
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  ERR_STREAM_PREMATURE_CLOSE: lost,
};

const tlsCodes =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH|INVALID_CA|EPROTO$)/;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/**
 * What went wrong below HTTP, as our error: `ENGINE_NOT_FOUND`, `ENGINE_UNREACHABLE`, `ENGINE_PERMISSION`,
 * `ENGINE_TIMEOUT`, `ENGINE_TLS` or `ENGINE_FAILED`. `engine` is the endpoint as we name it.
 * An error that is ours already stays as it is.
 */
export function transportError(engine: string, cause: unknown): AgentError {
  if (isAgentError(cause)) return cause;
  const code = codeOf(cause);
  if (code === "ETIMEDOUT") return timeoutError(engine, undefined, cause);
  if (tlsCodes.test(code)) return tlsError(engine, code, cause);
  const sentence = code.startsWith("HPE_") ? notHttp : (byCode[code] ?? byText(cause));
  return new AgentError(sentence.code, sentence.message(engine), { remedy: sentence.remedy, cause });
}

function byText(cause: unknown): Sentence {
  const text = cause instanceof Error ? cause.message : String(cause);
  // Node has no code for some of the ways in which a connection ends.
  if (/socket hang up|aborted|premature close|other side closed/i.test(text)) return lost;
  return {
    code: "ENGINE_FAILED",
    message: (engine) => `The Docker engine at ${engine} cannot be used: ${text}.`,
    remedy: choose,
  };
}

/** `ENGINE_TIMEOUT`: nothing came within `ms` milliseconds. */
export function timeoutError(engine: string, ms?: number, cause?: unknown): AgentError {
  const within = ms === undefined ? "in time" : `within ${Math.round(ms / 100) / 10} s`;
  return new AgentError("ENGINE_TIMEOUT", `The Docker engine at ${engine} did not answer ${within}.`, {
    remedy: "Check that it is not overloaded or suspended, and try again.",
    cause,
  });
}

/** `ENGINE_TLS`. `why` is the code or the text of what TLS objected to. */
export function tlsError(engine: string, why: string, cause?: unknown): AgentError {
  return new AgentError("ENGINE_TLS", `No secure connection to the Docker engine at ${engine}: ${why}.`, {
    remedy: "Check the certificates (ca, cert and key) of its Docker context, or in DOCKER_CERT_PATH.",
    cause,
  });
}
