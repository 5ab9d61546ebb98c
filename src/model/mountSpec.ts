import * as z from "zod";
import type { Mount } from "./containerBody.js";
import { parseBytes } from "./size.js";

const target = z.string("takes an absolute path inside the container").min(1);
const readOnly = z.boolean("takes true or false").optional();
const sizeRule = "takes bytes, or a size like 64m";
const size = z.union([z.number(), z.string()], { error: sizeRule }).transform((value, context) => {
  const bytes = typeof value === "number" ? Math.floor(value) : parseBytes(value.trim());
  if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  context.addIssue({ code: "custom", message: sizeRule });
  return z.NEVER;
});

/** A mount as an object; the fields beside type, source and target are those of `docker run --mount`. */
const mountObject = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      type: z.literal("bind"),
      /** A path of the engine's host; `~` is the home of this machine's user, where the engine is local. */
      source: z.string("takes the path of a file or folder of the engine's host").min(1),
      target,
      readOnly,
      propagation: z.enum(["rprivate", "private", "rshared", "shared", "rslave", "slave"]).optional(),
    }),
    z.strictObject({
      type: z.literal("volume"),
      /** The name of the volume, made when it is missing; without one it goes with the container. */
      source: z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "takes the name of a volume")
        .optional(),
      target,
      readOnly,
      /** True: a new volume does not begin with what the image has at the target. */
      noCopy: z.boolean("takes true or false").optional(),
    }),
    z.strictObject({
      type: z.literal("tmpfs"),
      target,
      readOnly,
      size: size.optional(),
      mode: z
        .string("takes an octal number in quotes, like 1777")
        .regex(/^[0-7]{1,5}$/, "takes an octal number in quotes, like 1777")
        .optional(),
    }),
  ],
  { error: 'takes the type "bind", "volume" or "tmpfs"' },
);

type MountObject = z.output<typeof mountObject>;

/** One mount of a spec: an object, or the text of a `docker run --mount`. */
export const mountField = z
  // Not a union: its errors would not name the field of the object.
  .custom<string | z.input<typeof mountObject>>()
  .transform((value, context): string | MountObject => {
    if (typeof value === "string") return value;
    const result = mountObject.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
      const message = unknown.length > 0 ? "is not a field of this type of mount" : issue.message;
      context.addIssue({ code: "custom", path: [...issue.path, ...unknown], message });
    }
    return z.NEVER;
  });

/** A mount of a spec as the engine takes it. Pure. */
export function renderMount(mount: MountObject): Mount {
  const common = { Target: mount.target, ...(mount.readOnly !== undefined && { ReadOnly: mount.readOnly }) };
  switch (mount.type) {
    case "bind":
      return {
        Type: "bind",
        Source: mount.source,
        ...common,
        ...(mount.propagation && { BindOptions: { Propagation: mount.propagation } }),
      };
    case "volume":
      return {
        Type: "volume",
        ...(mount.source !== undefined && { Source: mount.source }),
        ...common,
        ...(mount.noCopy !== undefined && { VolumeOptions: { NoCopy: mount.noCopy } }),
      };
    case "tmpfs": {
      const options = {
        ...(mount.size !== undefined && { SizeBytes: mount.size }),
        ...(mount.mode !== undefined && { Mode: parseInt(mount.mode, 8) }),
      };
      return { Type: "tmpfs", ...common, ...(Object.keys(options).length > 0 && { TmpfsOptions: options }) };
    }
  }
}
