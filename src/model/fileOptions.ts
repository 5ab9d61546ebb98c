import { posix } from "node:path";
import * as z from "zod";

const takesPath = "takes an absolute path inside the container";

/**
 * A path in a container, without `.`, `..` and a slash at its end. Any character but NUL may be in it; half a
 * surrogate pair has no bytes in UTF-8.
 */
const path = z
  .string({ error: takesPath })
  .startsWith("/", takesPath)
  .refine((text) => !text.includes("\0") && !/\p{Surrogate}/u.test(text), "takes text without NUL")
  .transform((text) => posix.normalize(text).replace(/(.)\/+$/, "$1"));

/** Not the root: that can be neither written, removed nor replaced. */
const ownPath = path.refine((text) => text !== "/", "takes a path below /");
const flag = z.boolean("takes true or false");
/** Of a running agent; what is stopped has no processes, and is written by the engine itself. */
const user = z.string().min(1, "takes a user of the container").optional();
const encoding = z.enum(["utf8", "base64"], { error: 'takes "utf8" or "base64"' }).default("utf8");

/** What `listFiles` takes. */
export const listFilesOptions = z.strictObject({ path, user });
/** What `statFile` takes: `follow` tells of what a symlink leads to. */
export const statFileOptions = z.strictObject({ path, user, follow: flag.default(false) });
/** What `readFile` takes. */
export const readFileOptions = z.strictObject({ path, user, encoding });
/** What `writeFile` takes. `mode` is that of a new file; a file that is there keeps its own. */
export const writeFileOptions = z.strictObject({
  path: ownPath,
  user,
  encoding,
  content: z.string("takes text, or base64 with encoding: base64").default(""),
  mode: z.int("takes permission bits").min(0).max(0o7777).optional(),
  /** Makes the folders above it. */
  parents: flag.default(false),
  /** False refuses what is there already, as `FILE_EXISTS`. */
  overwrite: flag.default(true),
});
/** What `removeFile` takes. */
export const removeFileOptions = z.strictObject({ path: ownPath, user, recursive: flag.default(false) });
/** What `makeDirectory` takes. With `parents`, one that is there is success. */
export const makeDirectoryOptions = z.strictObject({ path: ownPath, user, parents: flag.default(false) });
/** What `moveFile` and `copyFile` take. */
export const moveFileOptions = z.strictObject({
  path: ownPath,
  to: ownPath,
  user,
  overwrite: flag.default(false),
});

/** What `readCompared` takes: files that `compareSnapshot` gave, on one of its sides. */
export const readComparedOptions = z
  .strictObject({
    /** As they are in this snapshot. */
    snapshot: z.string().min(1, "takes the id of a snapshot").optional(),
    /** As they are in this agent now. */
    agent: z.string().min(1, "takes an agent").optional(),
    paths: z.array(ownPath, { error: "takes a list of paths" }).min(1, "takes at least one path"),
  })
  .refine(({ snapshot, agent }) => (snapshot === undefined) !== (agent === undefined), {
    path: ["snapshot"],
    error: "goes without an agent, and an agent without a snapshot",
  });

const local = z.string("takes a path on this machine").min(1, "takes a path on this machine");
/** What `upload` takes: a file or folder here, and what it becomes there. */
export const uploadOptions = z.strictObject({
  from: local,
  to: ownPath,
  user,
  overwrite: flag.default(false),
});
/** What `download` takes: a file or folder there, and what it becomes here. */
export const downloadOptions = z.strictObject({
  from: path,
  to: local,
  user,
  overwrite: flag.default(false),
});

export type WriteFileOptions = z.output<typeof writeFileOptions>;
export type UploadOptions = z.output<typeof uploadOptions>;
export type DownloadOptions = z.output<typeof downloadOptions>;
