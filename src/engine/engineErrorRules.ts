import type { ErrorCode, ErrorDetails } from "../model/errors.js";
import type { EngineAnswer, Operation } from "./engineErrors.js";
import { tlsError } from "./transportErrors.js";

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
/** The engine's words, to go on in a sentence. */
export const words = ({ message }: EngineAnswer) => message.replace(/[.\s]+$/, "");
const short = ({ subject }: EngineAnswer) =>
  /^[0-9a-f]{64}$/.test(subject) ? subject.slice(0, 12) : subject;

/**
 * First match wins. The texts are those of Engine 20.10 to 28 (research/perf section 6, research/openlattice 1.2 to
 * 1.5); the status alone is not enough: a 404 at start may mean a network, at create an image, and every 409 differs.
 */
export const rules: readonly Rule[] = [
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
    says: /invalid reference format|repository name must be lowercase/i,
    code: "SPEC_INVALID",
    message: (answer) => `This is not the name of an image: ${words(answer)}.`,
    details: () => ({ field: "image", remedy: "Give an image like debian:bookworm-slim." }),
  },
  {
    operations: ["create"],
    says: /does not match the specified platform/,
    code: "IMAGE_NOT_FOUND",
    message: (answer) =>
      `The image is not on this engine for the platform that was asked for: ${words(answer)}.`,
    details: remedy("Pull it for that platform, or leave the platform out."),
  },
  {
    operations: ["create", "image"],
    says: /no such image|manifest unknown|image .*not found/i,
    code: "IMAGE_NOT_FOUND",
    message: (answer) => `The image ${imageOf(answer)} is not on this engine.`,
    details: remedy("Check the image's name, or pull it."),
  },
  {
    operations: ["start", "create"],
    says: /could not select device driver .*gpu|nvidia-container-cli|unresolvable CDI devices|unknown (or invalid runtime name:|runtime specified) nvidia/is,
    code: "NO_GPU",
    message: ({ engine }) => `The Docker engine at ${engine} has no GPU to give.`,
    details: remedy("Install the NVIDIA Container Toolkit on its host, or create the agent without gpu."),
  },
  {
    // Before the mounts: their words are in it too.
    operations: ["create"],
    says: /--storage-opt/,
    code: "SPEC_INVALID",
    message: (answer) => `The engine refuses a value: ${words(answer)}.`,
  },
  {
    operations: ["create"],
    says: /mount|bind source|volume name|volume specification|volume plugin|invalid mode/i,
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
    says: /cannot unmarshal|^invalid |^cannot mkdir: /i,
    code: "SPEC_INVALID",
    message: (answer) => `The engine refuses a value: ${words(answer)}.`,
  },
  {
    // Of the container in its network; the words for a port name the port.
    operations: ["start"],
    status: 403,
    says: /(^|: )address already in use$/i,
    code: "START_FAILED",
    message: () => "The IP address that was asked for is taken by another container of the network.",
    details: remedy("Choose another address, or leave it to the engine."),
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
    says: /read-only/i,
    code: "FORBIDDEN",
    message: ({ subject }) => `${subject} is on a file system that is read-only in the container.`,
    details: remedy("Choose a folder that can be written."),
  },
  {
    operations: ["archive"],
    says: /file ?name too long/i,
    code: "SPEC_INVALID",
    message: ({ subject }) => `A name in ${subject} is too long.`,
    details: () => ({ field: "path", remedy: "A name takes 255 bytes." }),
  },
  {
    operations: ["archive"],
    says: /extraction point is not a directory|not a directory: /i,
    code: "NOT_FOLDER",
    message: ({ subject }) => `${subject} is not a folder.`,
  },
  {
    // Below what is a file, and no folder, there is nothing.
    operations: ["archive"],
    status: 500,
    says: /lstat .*: not a directory$/i,
    code: "NOT_FOUND",
    message: (answer) => `There is no ${answer.subject} in the container.`,
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
    operations: ["rename"],
    status: 400,
    code: "SPEC_INVALID",
    message: (answer) => `The engine refuses the name: ${words(answer)}.`,
  },
  {
    operations: ["network"],
    says: /already exists|overlap|non-overlapping|active endpoints|has active|pre-?defined/i,
    code: "NETWORK_CONFLICT",
    message: (answer) => `The network ${short(answer)} is in conflict: ${words(answer)}.`,
    details: remedy("Use the network that exists, or choose another subnet."),
  },
  {
    operations: ["network"],
    says: /invalid (network config|subnet|name)|failed to allocate gateway/i,
    code: "SPEC_INVALID",
    message: (answer) => `The engine refuses the network: ${words(answer)}.`,
    details: () => ({
      field: "network",
      remedy: "Give a subnet like 172.28.0.0/16 and a gateway within it.",
    }),
  },
  {
    // Of the two that are to be joined.
    operations: ["network"],
    status: 404,
    says: /no such container/i,
    code: "NOT_FOUND",
    message: (answer) =>
      `There is no container ${short({ ...answer, subject: /container: (\S+)/i.exec(answer.message)?.[1] ?? "" })}.`,
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
