import { AgentError } from "../model/errors.js";
import type { ErrorCode, ErrorDetails } from "../model/errors.js";
import { tlsError } from "./transportErrors.js";

/** What was asked of the engine: one status means different things to different questions. */
export type Operation =
  | "create"
  | "start"
  | "container"
  | "pause"
  | "rename"
  | "archive"
  | "exec"
  | "image"
  | "removeImage"
  | "network"
  | "volume"
  | "other";

/** An answer of the engine that is not a success. */
export interface EngineAnswer {
  status: number;
  /** The engine's own words; empty when it gave none. */
  message: string;
  operation: Operation;
  /** What the question was about: a name, a reference, an id. */
  subject: string;
  /** The endpoint. */
  engine: string;
}

interface Rule {
  /** All operations when absent. */
  operations?: readonly Operation[];
  status?: number;
  /** Tested against the engine's words. */
  says?: RegExp;
  code: ErrorCode;
  message: (answer: EngineAnswer) => string;
  details?: (answer: EngineAnswer) => ErrorDetails;
}

const remedy = (text: string) => () => ({ remedy: text });
const words = ({ message }: EngineAnswer) => message.replace(/[.\s]+$/, "");
const short = ({ subject }: EngineAnswer) =>
  /^[0-9a-f]{64}$/.test(subject) ? subject.slice(0, 12) : subject;

/**
 * First match wins. The texts are those of Engine 20.10 to 28 (research/perf section 6, research/openlattice 1.2 to
 * 1.5); the status alone is not enough: a 404 at start may mean a network, at create an image, and every 409 differs.
 */
const rules: readonly Rule[] = [
  {
    says: /no space left on device|disk quota exceeded/i,
    code: "NO_SPACE",
    message: ({ engine }) => `The disk of the Docker engine at ${engine} is full.`,
    details: remedy("Free some space, for example with docker system prune, and try again."),
  },
  {
    status: 400,
    says: /HTTP request to an HTTPS server/i,
    code: "ENGINE_TLS",
    message: ({ engine }) => tlsError(engine, "it only speaks TLS, and no certificates were given").message,
    details: remedy("Make a Docker context with its certificates, and choose it as context:NAME."),
  },
  {
    status: 400,
    says: /client version .* is too (new|old)/i,
    code: "UNSUPPORTED",
    message: (answer) => `The Docker engine at ${answer.engine} has another API version: ${words(answer)}.`,
    details: remedy("Update Docker to Engine 20.10 or later."),
  },
  {
    operations: ["create", "rename"],
    status: 409,
    says: /already in use/i,
    code: "NAME_CONFLICT",
    message: ({ subject }) => `The name "${subject}" is already taken by another container.`,
    details: remedy("Choose another name, or remove that container."),
  },
  {
    operations: ["create", "image"],
    says: /no such image|manifest unknown|image .*not found/i,
    code: "IMAGE_NOT_FOUND",
    message: (answer) => `The image ${imageOf(answer)} is not on this engine.`,
    details: remedy("Check the image's name, or pull it."),
  },
  {
    operations: ["create", "image"],
    says: /invalid reference format|repository name must be lowercase/i,
    code: "SPEC_INVALID",
    message: (answer) => `This is not the name of an image: ${words(answer)}.`,
    details: () => ({ field: "image", remedy: "Give an image like debian:bookworm-slim." }),
  },
  {
    operations: ["start", "create"],
    says: /could not select device driver .*gpu|nvidia-container-cli|unresolvable CDI devices|unknown or invalid runtime name: nvidia/is,
    code: "NO_GPU",
    message: ({ engine }) => `The Docker engine at ${engine} has no GPU to give.`,
    details: remedy("Install the NVIDIA Container Toolkit on its host, or create the agent without gpu."),
  },
  {
    operations: ["create"],
    says: /mount|bind source|volume name|volume specification|invalid mode/i,
    code: "MOUNT_INVALID",
    message: (answer) => `The engine cannot mount what was asked for: ${words(answer)}.`,
    details: remedy("Check the paths of the mounts, as the engine's host sees them."),
  },
  {
    operations: ["create"],
    status: 400,
    code: "SPEC_INVALID",
    message: (answer) => `The engine refuses a value: ${words(answer)}.`,
  },
  {
    operations: ["create"],
    says: /cannot unmarshal/i,
    code: "SPEC_INVALID",
    message: (answer) => `The engine refuses a value: ${words(answer)}.`,
  },
  {
    operations: ["start"],
    says: /port is already allocated|address already in use|ports are not available/i,
    code: "PORT_CONFLICT",
    message: (answer) => `A port is already in use: ${portOf(answer)}.`,
    details: remedy("Choose another port, or stop what uses it."),
  },
  {
    operations: ["start"],
    says: /network \S+ (not found|is ambiguous)/i,
    code: "NETWORK_CONFLICT",
    message: (answer) => `The container's network is gone or is there twice: ${words(answer)}.`,
    details: remedy("Try again; if it stays, look at docker network ls."),
  },
  {
    operations: ["start", "container", "pause", "rename", "archive", "exec"],
    status: 404,
    says: /no such container/i,
    code: "NOT_FOUND",
    message: (answer) => `There is no container ${short(answer)}.`,
  },
  {
    operations: ["start"],
    code: "START_FAILED",
    message: (answer) => `The container could not be started: ${words(answer) || `status ${answer.status}`}.`,
  },
  {
    operations: ["exec", "pause"],
    says: /is not running|is paused|container stopped|is restarting|container .* stopped/i,
    code: "NOT_RUNNING",
    message: (answer) => `The container ${short(answer)} is not running.`,
    details: remedy("Start it first."),
  },
  {
    operations: ["exec"],
    says: /OCI runtime exec failed|unable to find user|no exec command|executable file not found|no matching entries/i,
    code: "EXEC_FAILED",
    message: (answer) => `The command could not be started: ${words(answer)}.`,
  },
  {
    operations: ["archive"],
    status: 404,
    code: "NOT_FOUND",
    message: (answer) => `There is no ${answer.subject} in the container.`,
  },
  {
    operations: ["container", "pause", "rename", "exec"],
    status: 404,
    code: "NOT_FOUND",
    message: (answer) => `There is no container ${short(answer)}.`,
  },
  {
    operations: ["image", "removeImage"],
    status: 404,
    code: "IMAGE_NOT_FOUND",
    message: ({ subject }) => `The image ${subject} is not on this engine.`,
  },
  {
    operations: ["network"],
    says: /already exists|overlap|non-overlapping|active endpoints|has active/i,
    code: "NETWORK_CONFLICT",
    message: (answer) => `The network ${short(answer)} is in conflict: ${words(answer)}.`,
    details: remedy("Use the network that exists, or choose another subnet."),
  },
  {
    operations: ["network", "volume"],
    status: 404,
    code: "NOT_FOUND",
    message: (answer) => `There is no ${answer.operation} ${short(answer)}.`,
  },
];

function imageOf({ message, subject }: EngineAnswer): string {
  return /no such image: (\S+)/i.exec(message)?.[1] ?? subject;
}

function portOf(answer: EngineAnswer): string {
  const address = /(?:for|listen \w+|exposing port \w+) ((?:\[[^\]]*\]|[\d.]+):\d+)/i.exec(
    answer.message,
  )?.[1];
  return address ?? words(answer);
}

/** The engine's refusal as our error. Pure: a table of what engines really say. */
export function answerError(answer: EngineAnswer): AgentError {
  const rule = rules.find(
    ({ operations, status, says }) =>
      (operations?.includes(answer.operation) ?? true) &&
      (status === undefined || status === answer.status) &&
      (says?.test(answer.message) ?? true),
  );
  if (rule) return new AgentError(rule.code, rule.message(answer), rule.details?.(answer));
  const said = words(answer) || "it gave no reason";
  return new AgentError(
    "ENGINE_FAILED",
    `The Docker engine at ${answer.engine} refused (${answer.status}): ${said}.`,
  );
}
