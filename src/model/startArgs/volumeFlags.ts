import { cut } from "./cut.js";
import { flag, need, textFlag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import { parseMount } from "./parseMount.js";
import { absolutePath, type StartArgsContext } from "./startArgsContext.js";
import { setOwn } from "./setOwn.js";

const rule = "[source:]path[:options]";

/**
 * The parts of a volume between colons. A lone letter before a colon is a Windows drive wherever it stands, so that
 * `a:/x` is one part. Source: docker/cli, loader.ParseVolume.
 */
function volumeParts(text: string): string[] {
  if (new TextEncoder().encode(text).length <= 2) return text === "" ? takes(rule) : [text];
  const parts: string[] = [];
  let part = "";
  for (const char of text) {
    if (char === ":" && !/^\p{L}$/u.test(part)) {
      parts.push(part);
      part = "";
    } else part += char;
  }
  parts.push(part);
  return parts.includes("") || parts.length > 3 ? takes(rule) : parts;
}

/** `{bind}` with a source, `{path}` of an anonymous volume without one. */
function parseVolume(text: string, context: StartArgsContext): { bind: string } | { path: string } {
  if (volumeParts(text).length === 1) return { path: text };
  const [source, rest = ""] = cut(text, ":");
  return { bind: source.startsWith(".") ? `${absolutePath(context, source)}:${rest}` : text };
}

/** Volumes, mounts and what they are made of. */
export const volumeFlags: readonly Flag[] = [
  flag(
    "volume",
    parseVolume,
    (draft, volume) => {
      if ("path" in volume) (draft.config.Volumes ??= {})[volume.path] = {};
      else draft.host.Binds = [...new Set([...(draft.host.Binds ?? []), volume.bind])];
    },
    { short: "v" },
  ),
  flag("mount", parseMount, (draft, mount) => {
    (draft.host.Mounts ??= []).push(mount);
    if (mount.BindOptions?.ReadOnlyForceRecursive) need(draft, "mount", 44);
  }),
  textFlag("tmpfs", (draft, text) => {
    const [path, options = ""] = cut(text, ":");
    setOwn((draft.host.Tmpfs ??= {}), path, options);
  }),
  textFlag("volumes-from", (draft, container) => (draft.host.VolumesFrom ??= []).push(container)),
  textFlag("volume-driver", (draft, driver) => (draft.host.VolumeDriver = driver)),
  flag(
    "storage-opt",
    (text) => {
      const [key, value] = cut(text, "=");
      return value === undefined ? takes("key=value") : ([key, value] as const);
    },
    (draft, [key, value]) => setOwn((draft.host.StorageOpt ??= {}), key, value),
  ),
];
