import { cut } from "./cut.js";
import { flag, switchFlag, textFlag, type Flag } from "./flag.js";
import { BadValue, takes } from "./invalid.js";
import { readTextFile, type StartArgsContext } from "./startArgsContext.js";

/** JSON without the spaces between its parts, the rest as it is written. Source: Go, json.Compact. */
function compactJson(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new BadValue("takes a seccomp profile of JSON", { cause: error });
  }
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}

/**
 * `key=value` or `key:value`; only `no-new-privileges` may stand alone. A seccomp profile is read here: the engine
 * gets its content. Source: docker/cli, parseSecurityOpts.
 */
function parseSecurityOption(text: string, context: StartArgsContext): string {
  let [key, value] = cut(text, "=");
  if (value === undefined && key !== "no-new-privileges") [key, value] = cut(text, ":");
  if (!value && key !== "no-new-privileges") return takes("key=value, or no-new-privileges");
  if (key !== "seccomp" || value === "builtin" || value === "unconfined") return text;
  return `seccomp=${compactJson(readTextFile(context, value ?? ""))}`;
}

/** `host`, nothing, and what else `fits`. */
const mode = (fits: RegExp, what: string) => (text: string) =>
  text === "" || fits.test(text) ? text : takes(what);

const allowedSysctl =
  /^(?:net\.|fs\.mqueue\.|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)=)/;

function parseSysctl(text: string): [key: string, value: string] {
  const [key, value] = cut(text, "=");
  const known = value !== undefined && allowedSysctl.test(`${key}=`);
  return known
    ? [key, value]
    : takes("key=value for net.…, fs.mqueue.… and the kernel's msg, sem and shm settings");
}

/** Rights, limits of view, and namespaces. */
export const securityFlags: readonly Flag[] = [
  textFlag("cap-add", (draft, name) => (draft.host.CapAdd ??= []).push(name)),
  textFlag("cap-drop", (draft, name) => (draft.host.CapDrop ??= []).push(name)),
  switchFlag("privileged", (draft, on) => (draft.host.Privileged = on)),
  flag("security-opt", parseSecurityOption, ({ host }, option) => {
    // This one is the client's: the engine knows only the lists.
    if (option === "systempaths=unconfined") [host.MaskedPaths, host.ReadonlyPaths] = [[], []];
    else (host.SecurityOpt ??= []).push(option);
  }),
  switchFlag("read-only", (draft, on) => (draft.host.ReadonlyRootfs = on)),
  textFlag("group-add", (draft, group) => (draft.host.GroupAdd ??= []).push(group)),
  flag("sysctl", parseSysctl, (draft, [key, value]) => ((draft.host.Sysctls ??= {})[key] = value)),
  textFlag("ipc", (draft, text) => (draft.host.IpcMode = text)),
  flag(
    "pid",
    mode(/^(host|container:.+)$/s, "host or container:name"),
    (draft, text) => (draft.host.PidMode = text),
  ),
  flag("uts", mode(/^host$/, "host"), (draft, text) => (draft.host.UTSMode = text)),
  flag("userns", mode(/^host$/, "host"), (draft, text) => (draft.host.UsernsMode = text)),
  flag(
    "cgroupns",
    mode(/^(host|private)$/, "host or private"),
    (draft, text) => (draft.host.CgroupnsMode = text),
    { minor: 41 },
  ),
  textFlag("isolation", (draft, text) => (draft.host.Isolation = text)),
];
