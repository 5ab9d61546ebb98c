import type { Mount } from "../containerBody.js";
import { parseCsv } from "./csv.js";
import { cut } from "./cut.js";
import { takes } from "./invalid.js";
import { parseBoolean, parseSize } from "./numbers.js";
import { absolutePath, type StartArgsContext } from "./startArgsContext.js";
import { setOwn } from "./setOwn.js";

const types = ["bind", "volume", "tmpfs", "image", "cluster", "npipe"] as const;
/** Keys that may stand alone, for true. */
const bare = ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"];

type VolumeOptions = NonNullable<Mount["VolumeOptions"]>;
type Setter = (mount: Mount, value: string, context: StartArgsContext) => void;

const bind = (mount: Mount) => (mount.BindOptions ??= {});
const tmpfs = (mount: Mount) => (mount.TmpfsOptions ??= {});
// The CLI sends an empty driver with any option of a volume.
const volume = (mount: Mount): VolumeOptions & Required<Pick<VolumeOptions, "Labels" | "DriverConfig">> => {
  const options = { Labels: {}, DriverConfig: {}, ...mount.VolumeOptions };
  mount.VolumeOptions = options;
  return options;
};
const setPair = (map: Record<string, string>, text: string) => {
  const [key, value = ""] = cut(text, "=");
  if (key !== "") setOwn(map, key, value);
};

const setType: Setter = (mount, value) => {
  mount.Type =
    types.find((type) => type === value.toLowerCase()) ?? takes(`one of the types ${types.join(", ")}`);
};
const setSource: Setter = (mount, value, context) => {
  mount.Source = value.startsWith(".") ? absolutePath(context, value) : value;
};
const setTarget: Setter = (mount, value) => (mount.Target = value);
const setReadOnly: Setter = (mount, value) => (mount.ReadOnly = parseBoolean(value));

const setters: Record<string, Setter> = {
  type: setType,
  source: setSource,
  src: setSource,
  target: setTarget,
  dst: setTarget,
  destination: setTarget,
  readonly: setReadOnly,
  ro: setReadOnly,
  consistency: (mount, value) => (mount.Consistency = value.toLowerCase()),
  "bind-propagation": (mount, value) => (bind(mount).Propagation = value.toLowerCase()),
  "bind-nonrecursive": (mount, value) => (bind(mount).NonRecursive = parseBoolean(value)),
  "bind-recursive": (mount, value) => {
    if (value === "disabled") bind(mount).NonRecursive = true;
    else if (value === "writable") bind(mount).ReadOnlyNonRecursive = true;
    else if (value === "readonly") bind(mount).ReadOnlyForceRecursive = true;
    else if (value !== "enabled") takes("bind-recursive as enabled, disabled, writable or readonly");
  },
  "volume-subpath": (mount, value) => (volume(mount).Subpath = value),
  "volume-nocopy": (mount, value) => (volume(mount).NoCopy = parseBoolean(value)),
  "volume-label": (mount, value) => setPair(volume(mount).Labels, value),
  "volume-driver": (mount, value) => (volume(mount).DriverConfig.Name = value),
  "volume-opt": (mount, value) => setPair((volume(mount).DriverConfig.Options ??= {}), value),
  "image-subpath": (mount, value) => (mount.ImageOptions = { Subpath: value }),
  "tmpfs-size": (mount, value) => (tmpfs(mount).SizeBytes = parseSize(value)),
  "tmpfs-mode": (mount, value) => {
    const mode = /^[0-7]+$/.test(value) ? parseInt(value, 8) : NaN;
    tmpfs(mount).Mode = mode < 2 ** 32 ? mode : takes("tmpfs-mode as an octal number");
  },
};

const families = {
  volume: "VolumeOptions",
  image: "ImageOptions",
  bind: "BindOptions",
  tmpfs: "TmpfsOptions",
} as const;

/** One `--mount`. Source: docker/cli, opts.MountOpt. */
export function parseMount(text: string, context: StartArgsContext): Mount {
  const mount: Mount = { Type: "volume", Target: "" };
  for (const field of parseCsv(text)) {
    const [rawKey, rawValue] = cut(field, "=");
    const key = rawKey.toLowerCase();
    const value = rawValue ?? (bare.includes(key) ? "true" : takes("fields of key=value"));
    const set = Object.hasOwn(setters, key) ? setters[key] : undefined;
    if (!set) return takes(`the fields ${Object.keys(setters).join(", ")}`);
    set(mount, value, context);
  }
  if (mount.Target === "") return takes("a target");
  for (const [type, key] of Object.entries(families)) {
    if (mount[key] && mount.Type !== type) return takes(`${type}-… fields for the type ${type} only`);
  }
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = mount.BindOptions ?? {};
  if ((ReadOnlyNonRecursive || ReadOnlyForceRecursive) && !mount.ReadOnly) {
    return takes("readonly beside this bind-recursive");
  }
  if (ReadOnlyForceRecursive && Propagation !== "rprivate") {
    return takes("bind-propagation=rprivate beside bind-recursive=readonly");
  }
  return mount;
}
