import type { PreflightStep } from "./preflight.js";

/** VS Code's server with a few extensions; it unpacks into the home folder. */
const neededMiB = 500;
/** What VS Code's server is linked against, since 1.99. */
const neededGlibc = { major: 2, minor: 28 };
const prefix = "agent-containers:";

/** A POSIX script for `sh -s` that prints `agent-containers:<key>=<value>` lines; others are of start-up files. */
export const factsScript = `
say() { printf '${prefix}%s=%s\\n' "$1" "$2"; }
for tool in bash tar curl wget; do
  if command -v "$tool" >/dev/null 2>&1; then say "$tool" yes; fi
done
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
if [ -z "$libc" ] && ls /lib/ld-musl-* >/dev/null 2>&1; then libc=musl; fi
if [ -z "$libc" ]; then libc=$(ldd --version 2>&1 | head -n 1); fi
say libc "$libc"
say home "$HOME"
say free "$(df -Pk "$HOME" 2>/dev/null | tail -n 1 | sed 's/.* \\([0-9][0-9]*\\)  *[0-9]*% .*/\\1/')"
if [ -w "$HOME" ]; then say writable yes; fi
say end yes
`;

/** The steps `tools`, `libc` and `disk` from what the script printed. Pure. */
export function judgeFacts(stdout: string, stderr: string): PreflightStep[] {
  const facts = new Map<string, string>();
  for (const line of stdout.split(/\r?\n/)) {
    const at = line.indexOf(prefix);
    const [key, value] = at < 0 ? [] : split(line.slice(at + prefix.length));
    if (key !== undefined && value !== undefined) facts.set(key, value);
  }
  if (!facts.has("end")) {
    const why = stderr.trim().split("\n")[0] ?? "";
    return [
      {
        step: "tools",
        ok: false,
        detail: `The login shell does not run commands${why === "" ? "" : `: ${why.slice(0, 200)}`}`,
        remedy: "See that the user's start-up files start no other shell, and that sh is there.",
      },
    ];
  }
  return [tools(facts), libc(facts.get("libc") ?? ""), disk(facts)];
}

function tools(facts: ReadonlyMap<string, string>): PreflightStep {
  const missing = ["bash", "tar"].filter((tool) => !facts.has(tool));
  if (!facts.has("curl") && !facts.has("wget")) missing.push("curl");
  if (missing.length === 0) return { step: "tools", ok: true };
  return {
    step: "tools",
    ok: false,
    detail: `Missing in the container: ${missing.join(", ")}`,
    remedy: `Install ${missing.join(", ")} in the image, or add it to the agent's packages.`,
  };
}

function libc(found: string): PreflightStep {
  const wanted = `glibc ${neededGlibc.major}.${neededGlibc.minor}`;
  if (/musl/i.test(found)) {
    return {
      step: "libc",
      ok: false,
      detail: "The image uses musl instead of glibc, as Alpine does; few editors have a server for it",
      remedy: `Use an image with ${wanted} or later, such as debian:bookworm-slim.`,
    };
  }
  const [, major, minor] = /(\d+)\.(\d+)\s*$/.exec(found) ?? [];
  if (major === undefined || minor === undefined) {
    // Not known to be wrong: the editor will say.
    return { step: "libc", ok: true, detail: "The version of the C library could not be read" };
  }
  const enough =
    Number(major) > neededGlibc.major ||
    (Number(major) === neededGlibc.major && Number(minor) >= neededGlibc.minor);
  const detail = `glibc ${major}.${minor}`;
  if (enough) return { step: "libc", ok: true, detail };
  return {
    step: "libc",
    ok: false,
    detail: `${detail} is too old`,
    remedy: `Use an image with ${wanted} or later, such as debian:bookworm-slim.`,
  };
}

function disk(facts: ReadonlyMap<string, string>): PreflightStep {
  const home = facts.get("home") ?? "";
  const free = Number(facts.get("free") === "" ? Number.NaN : facts.get("free"));
  if (!facts.has("writable")) {
    return {
      step: "disk",
      ok: false,
      detail: `The home folder ${home} cannot be written`,
      remedy: "Give the agent's user a home folder of its own.",
    };
  }
  if (!Number.isFinite(free))
    return { step: "disk", ok: true, detail: "The free disk space could not be read" };
  const freeMiB = Math.floor(free / 1024);
  if (freeMiB >= neededMiB) return { step: "disk", ok: true, detail: `${freeMiB} MiB free` };
  return {
    step: "disk",
    ok: false,
    detail: `Only ${freeMiB} MiB are free in ${home}`,
    remedy: `Free at least ${neededMiB} MiB on the engine's disk (agentContainers.prune shows what is left over).`,
  };
}

function split(text: string): [string?, string?] {
  const at = text.indexOf("=");
  return at < 0 ? [] : [text.slice(0, at), text.slice(at + 1)];
}
