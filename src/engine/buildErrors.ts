import { AgentError } from "../model/errors.js";
import { pullError } from "./pullErrors.js";

const tailLines = 60;

/** BuildKit's own frame around the reason. */
const frame =
  /^(?:failed to solve(?: with frontend [^:\s]+)?: |failed to create LLB definition: |rpc error: code = \w+ desc = |failed to build LLB: |dockerfile parse error: )+/;

/**
 * Why a build failed, from the engine's last words, the step that failed and the log's lines.
 * `BUILD_FAILED` with the end of the log and, for those who keep it, the whole of it; `NO_SPACE`; for a base image
 * that cannot be fetched the code that a pull would have. Texts: BuildKit 0.8 to 0.25 and the older builder.
 */
export function buildError(said: string, step: string | undefined, lines: readonly string[]): AgentError {
  const words = said
    .trim()
    .replace(frame, "")
    .replace(/[.\s]+$/, "");
  const log = { log: lines.slice(-tailLines).join("\n"), wholeLog: lines.join("\n") };
  if (/no space left on device/i.test(words)) {
    return new AgentError("NO_SPACE", "The engine has no space left to build the image.", {
      remedy: "Free space where the engine keeps its data: docker system df shows what takes it.",
      ...log,
    });
  }
  const base = /^\[(?:[^\]]* )?internal\] load metadata for (\S+)$/.exec(step ?? "")?.[1];
  const classicBase = /^Step \d+\/\d+ : FROM (?:--\S+ )*(\S+)/i.exec(step ?? "")?.[1];
  const image = base ?? (words.includes("returned a non-zero code") ? undefined : classicBase);
  if (image !== undefined) {
    const { code, message, remedy } = pullError(image, words);
    const kept = code === "ENGINE_FAILED" || code === "SPEC_INVALID" ? "BUILD_FAILED" : code;
    return new AgentError(kept, `The base image cannot be had. ${message}`, { remedy, ...log });
  }
  const code = /(?:exit code: |non-zero code: )(\d+)/.exec(words)?.[1];
  const reason = code === undefined ? words || "the engine gave no reason" : `exit code ${code}`;
  const where = step === undefined ? "" : ` at ${step}`;
  return new AgentError("BUILD_FAILED", `The build failed${where}: ${reason}.`, {
    field: "dockerfile",
    remedy:
      code === "137"
        ? "It was killed: give the engine more memory, or see what killed it, and try again."
        : "See the log, correct the Dockerfile, and try again.",
    ...log,
  });
}
