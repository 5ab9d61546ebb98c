import { AgentError, type ErrorCode } from "../../model/errors.js";
import { plainText } from "../../util/plainText.js";

interface Rule {
  says: RegExp;
  code: ErrorCode;
  message: (path: string) => string;
  remedy?: string;
}

/**
 * The words of strerror(3) in the C locale, which coreutils and busybox both end their lines with; `dash` and `ash`
 * have words of their own for the file of a redirection.
 */
const rules: readonly Rule[] = [
  {
    says: /(No space left on device|Disk quota exceeded)$/m,
    code: "NO_SPACE",
    message: (path) => `There is no space left for ${path} in the agent.`,
    remedy: "Free some space in the agent, or on the engine's disk, and try again.",
  },
  {
    says: /(Permission denied|Operation not permitted)$/m,
    code: "FORBIDDEN",
    message: (path) => `${path} is not open to the user of the agent.`,
    remedy: "Change its permissions inside, or do it as root (user: root).",
  },
  {
    says: /Read-only file system$/m,
    code: "FORBIDDEN",
    message: (path) => `${path} is on a file system that is read-only in the agent.`,
    remedy: "Choose a folder that can be written.",
  },
  {
    says: /(cut short)$/m,
    code: "ENGINE_UNREACHABLE",
    message: (path) => `${path} did not arrive as a whole; what was there is as it was.`,
    remedy: "Try again.",
  },
  {
    says: /Directory not empty$/m,
    code: "NOT_EMPTY",
    message: (path) => `The folder ${path} is not empty.`,
    remedy: "Remove what is in it, or remove it with everything in it (recursive).",
  },
  { says: /Is a directory$/m, code: "IS_FOLDER", message: (path) => `${path} is a folder.` },
  {
    says: /Not a directory$/m,
    code: "NOT_FOLDER",
    message: (path) => `${path}, or something above it, is not a folder.`,
  },
  {
    says: /File exists$/m,
    code: "FILE_EXISTS",
    message: (path) => `${path} is there already.`,
    remedy: "Choose another name, or allow to overwrite it.",
  },
  {
    says: /File ?name too long$/m,
    code: "SPEC_INVALID",
    message: (path) => `The name of ${path.slice(0, 60)}… is too long.`,
    remedy: "A name takes 255 bytes, and a path 4095.",
  },
  {
    says: /Not a regular file$/m,
    code: "UNSUPPORTED",
    message: (path) => `${path} is neither a file nor a folder.`,
  },
  {
    says: /(No such file or directory|No such file|[Dd]irectory nonexistent|nonexistent directory)$/m,
    code: "NOT_FOUND",
    message: (path) => `There is no ${path} in the agent.`,
    remedy: "Check the path; the folders above a new file have to be there.",
  },
  {
    says: /Device or resource busy$/m,
    code: "FORBIDDEN",
    message: (path) => `${path} is in use as a mount of the container.`,
  },
];

/** What a command that was to work on `path` said on its error output, as our error. Pure. */
export function fileError(path: string, said: string): AgentError {
  const shown = plainText(path);
  const rule = rules.find(({ says }) => says.test(said.trimEnd()));
  if (rule) return known(rule, shown);
  const words = plainText(said.trim().split("\n").at(-1) ?? "");
  return new AgentError(
    "EXEC_FAILED",
    `${shown} could not be worked on in the agent: ${words || "no reason"}.`,
  );
}

/** The error with a code of its own, in the same words whichever way the file was reached. */
export function fileProblem(
  code:
    "NOT_FOUND" | "IS_FOLDER" | "NOT_FOLDER" | "FILE_EXISTS" | "NOT_EMPTY" | "UNSUPPORTED" | "SPEC_INVALID",
  path: string,
): AgentError {
  const rule = rules.find((one) => one.code === code);
  return rule ? known(rule, plainText(path)) : new AgentError(code, plainText(path));
}

function known({ code, message, remedy }: Rule, shown: string): AgentError {
  return new AgentError(code, message(shown), { remedy, field: "path" });
}
