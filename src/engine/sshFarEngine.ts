/** How the engine's socket is reached from the host: sshd connects to it, or a command there does. */
export type Way = { kind: "socket"; path: string } | { kind: "dial"; command: string };

/** What a look at the host found. */
export type Found =
  | { kind: "socket"; path: string }
  /** It exists, and we may not use it. */
  | { kind: "denied"; path: string }
  /** None where one is expected; `path` where the user has named it. */
  | { kind: "none"; path?: string }
  /** Not on a socket, or not a host with a POSIX shell: `docker` there knows. */
  | { kind: "dial" };

const mark = "agent-containers-engine";

/**
 * As the Docker CLI on that host would choose: DOCKER_HOST, the current context (asked for only where one is set: it
 * costs a process), then the usual sockets. A named socket is `$1`. Holds no single quote.
 */
const script = `
say() { printf "${mark} %s %s\\n" "$1" "$2"; exit 0; }
look() { if [ ! -S "$1" ]; then return; fi
  if [ -r "$1" ] && [ -w "$1" ]; then say socket "$1"; fi; denied=\${denied:-$1}; }
asked=\${1:+unix://$1}
asked=\${asked:-$DOCKER_HOST}
if [ -z "$asked" ] && { [ -n "$DOCKER_CONTEXT" ] ||
  grep -q currentContext "\${DOCKER_CONFIG:-$HOME/.docker}/config.json" 2>/dev/null; }; then
  asked=$(docker context inspect --format "{{.Endpoints.docker.Host}}" 2>/dev/null)
fi
case "$asked" in
  unix://*) look "\${asked#unix://}" ;;
  ?*) say dial ;;
  *) for s in /var/run/docker.sock "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock" \\
      "$HOME/.docker/run/docker.sock" "$HOME/.orbstack/run/docker.sock" "$HOME/.colima/default/docker.sock" \\
      "$HOME/.rd/docker.sock"; do look "$s"; done ;;
esac
if [ -n "$denied" ]; then say denied "$denied"; fi
say none "\${asked#unix://}"
`;

/** As one word of a shell on the host, whichever it is: within single quotes all of them agree. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The line that looks for the engine; `path` is the socket that the endpoint names. */
export function lookCommand(path: string | undefined): string {
  return `sh -c ${quote(script)} sh ${quote(path ?? "")}`;
}

/** Reads what it said; what a login shell prints besides is passed over. */
export function readFound(output: string, path: string | undefined): Found {
  const [, kind, where = ""] =
    new RegExp(`^${mark} (\\w+) ?(.*)$`, "m").exec(output.replaceAll("\r", "")) ?? [];
  if (kind === "socket" || kind === "denied") return { kind, path: where };
  if (kind === "none") return where ? { kind, path: where } : { kind };
  // Said nothing: no POSIX shell there, or a command that sshd forces in the place of ours.
  return kind === undefined && path ? { kind: "socket", path } : { kind: "dial" };
}

/** What the Docker CLI itself runs on a host (`docker -H ssh://`). */
export function dialCommand(path: string | undefined): string {
  return path ? `docker -H ${quote(`unix://${path}`)} system dial-stdio` : "docker system dial-stdio";
}
