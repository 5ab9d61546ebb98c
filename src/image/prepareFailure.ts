import { AgentError } from "../model/errors.js";

/** The words of apt, of apk, and of dnf and its like, whose errors are curl's. */
const noNetwork = new RegExp(
  [
    "Temporary failure resolving|Could not resolve|Network is unreachable|Could not connect|Unable to connect",
    "[Cc]onnection timed out",
    "temporary error \\(try again later\\)|network error \\(check|DNS lookup error|could not connect to server",
    "DNS: (?:transient error|name does not exist)",
    "Curl error \\((?:5|6|7|28|56)\\)|Cannot find a valid baseurl",
  ].join("|"),
);
const unknownPackage = new RegExp(
  [
    "Unable to locate package (\\S+)",
    "Package '?([^'\\s]+)'? has no installation candidate",
    "Version '.*' for '(.*)' was not found",
    "^\\s+(\\S+) \\(no such package\\)",
    "No match for argument: (\\S+)",
    "No package matches '([^']+)'",
    "No package (\\S+) available",
  ].join("|"),
  "gm",
);
const noSpace =
  /No space left on device|You don't have enough free space|more space needed on the .* filesystem/;

/**
 * Why the prepare script ended with `exitCode` (its own codes stand in `init/prepare.sh`), told from what it wrote.
 * `PREPARE_FAILED`, or `NO_SPACE`, with the last lines of the log.
 */
export function prepareFailure(baseName: string, exitCode: number, lines: readonly string[]): AgentError {
  const text = lines.join("\n");
  const log = lines.slice(-40).join("\n");
  if (noSpace.test(text)) {
    return new AgentError("NO_SPACE", `The engine has no space left to prepare ${baseName}.`, {
      remedy: "Free space where the engine keeps its data: docker system df shows what takes it.",
      log,
    });
  }
  const failed = (reason: string, remedy: string, field?: string) =>
    new AgentError("PREPARE_FAILED", `The image ${baseName} could not be prepared: ${reason}`, {
      remedy,
      log,
      field,
    });
  if (exitCode === 10) {
    return failed(
      "it lacks packages that an agent needs, and has no package manager that is supported.",
      "Use an image with apt, apk or dnf (Debian, Ubuntu, Alpine, Fedora and their like), or put openssh-server, tmux, curl, rsync, git, jq, sudo, bash, tar, procps and ca-certificates in yourself.",
    );
  }
  if (exitCode === 11 && noNetwork.test(text)) {
    return failed(
      "its package servers cannot be reached.",
      "Check that containers of this engine have a network (DNS, proxy, firewall), and try again.",
    );
  }
  const unknown = [...text.matchAll(unknownPackage)].map(([, ...names]) => names.find(Boolean) ?? "");
  if (exitCode === 11 && unknown.length > 0) {
    const names = [...new Set(unknown)].join(", ");
    return failed(
      `there is no package ${names}.`,
      `Take ${names} out of the packages, or correct the name.`,
      "packages",
    );
  }
  if (exitCode === 137) {
    return failed(
      "the installation was killed.",
      "Give the engine more memory, or see what killed it, and try again.",
    );
  }
  return failed(
    `${lines.at(-1) ?? "it wrote nothing"} (exit code ${exitCode})`,
    "See the log, and try again.",
  );
}

/** The base image cannot even run a shell. */
export function noShell(baseName: string, cause: unknown): AgentError {
  return new AgentError(
    "PREPARE_FAILED",
    `The image ${baseName} could not be prepared: it cannot run sh as root.`,
    {
      remedy: "Use an image with a shell and a package manager, such as debian:bookworm-slim.",
      cause,
    },
  );
}

/** Linux's words for a program of another architecture. */
export function isExecFormat(words: string): boolean {
  return /exec format error/i.test(words);
}

/** The base image is for a platform that the engine's machine neither has nor emulates. */
export function cannotRun(baseName: string, platform: string, cause?: unknown): AgentError {
  const arch = platform.split("/")[1] ?? "";
  return new AgentError(
    "PREPARE_FAILED",
    `The image ${baseName} could not be prepared: this engine cannot run programs for ${platform}.`,
    {
      remedy:
        `Use an image for the engine's own platform, or let its host emulate that one with QEMU (binfmt_misc): ` +
        `apt-get install qemu-user-static there, or docker run --privileged --rm tonistiigi/binfmt --install ${arch}`,
      cause,
    },
  );
}
