import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { access, constants, lstat, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { AgentError, messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { folderEntries } from "./copyWorkspace.js";
import { dockerIgnoreRules } from "./dockerIgnore.js";
import type { IgnoreRules } from "./ignoreRules.js";
import type { TarEntry } from "./packTar.js";
import { packTar } from "./packTar.js";

/** What is built, and from what: found and readable, nothing of it sent yet. */
export interface BuildSource {
  /** The Dockerfile, absolute. */
  path: string;
  /** The folder of the context, as a real path. */
  context: string;
  /** The Dockerfile's name in the archive, with slashes. */
  dockerfile: string;
  /** What it says, where it has to be put in: it lies outside the context. */
  content?: Buffer;
  rules: IgnoreRules;
}

const wrong = (field: string, sentence: string, remedy: string, cause?: unknown) =>
  new AgentError("SPEC_INVALID", sentence, { field, remedy, cause });

async function statOf(field: string, what: string, path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const absent = code === "ENOENT" || code === "ENOTDIR";
    const sentence = absent
      ? `There is no ${what} ${path}.`
      : `The ${what} ${path} cannot be read: ${messageOf(error)}.`;
    throw wrong(field, sentence, "Check the path.", error);
  }
}

/**
 * Finds a Dockerfile and its context: paths relative to `cwd`, the context is the Dockerfile's folder when absent.
 * `SPEC_INVALID` for `dockerfile.path` or `dockerfile.context` when it is missing, of the wrong kind, or unreadable.
 */
export async function readBuildSource(
  dockerfile: { path: string; context?: string },
  cwd: string,
): Promise<BuildSource> {
  const path = resolve(cwd, dockerfile.path);
  if (!(await statOf("dockerfile.path", "Dockerfile", path)).isFile()) {
    throw wrong(
      "dockerfile.path",
      `${path} is a folder, not a Dockerfile.`,
      `Give the file itself, for example ${join(path, "Dockerfile")}.`,
    );
  }
  const folder = resolve(cwd, dockerfile.context ?? dirname(path));
  if (!(await statOf("dockerfile.context", "context folder", folder)).isDirectory()) {
    throw wrong("dockerfile.context", `The context ${folder} is a file, not a folder.`, "Give a folder.");
  }
  const context = await realpath(folder);
  let content: Buffer;
  try {
    // A folder can be entered with X and listed with R.
    await access(context, constants.R_OK | constants.X_OK);
    content = await readFile(path);
  } catch (error) {
    throw wrong("dockerfile", `${messageOf(error)}.`, "Give yourself permission to read it.", error);
  }
  // A link is looked at where it lies, as Docker does; the folders above it may be links themselves.
  const real = join(await realpath(dirname(path)), basename(path));
  const inside = relative(context, real);
  const outside = inside === ".." || inside.startsWith(`..${sep}`) || resolve(inside) === inside;
  const isLink = (await lstat(path)).isSymbolicLink();
  const rules = dockerIgnoreRules(
    (await readOptional(`${path}.dockerignore`)) ??
      (await readOptional(join(context, ".dockerignore"))) ??
      "",
  );
  if (!outside && !isLink) return { path, context, dockerfile: inside.split(sep).join("/"), rules };
  // The same name every time: another one would be another context, which the cache does not know.
  const name = `.dockerfile.${createHash("sha256").update(path).digest("hex").slice(0, 20)}`;
  return { path, context, dockerfile: name, content, rules };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw wrong("dockerfile.context", `${messageOf(error)}.`, "Make it readable.", error);
  }
}

/**
 * The context as a tar stream, without what its ignore file names; the Dockerfile is always in it. Files belong to
 * root, as with the Docker CLI; modes, times (to the second) and links are kept. It fails with `SPEC_INVALID` (`dockerfile.context`)
 * for what may not be read.
 */
export function packBuildContext(
  source: BuildSource,
  options: { log: Logger; signal?: AbortSignal; onProgress?: (bytes: number, files: number) => void },
): Readable {
  const { log, signal, onProgress } = options;
  const { context, dockerfile, content, rules } = source;
  // A name on the way to the Dockerfile is there, whatever the rules say of it.
  const needed = (path: string) => path === dockerfile;
  const above = (path: string) => dockerfile.startsWith(`${path}/`);
  const withDockerfile: IgnoreRules = {
    leavesOut(path, isFolder) {
      const out = rules.leavesOut(path, isFolder);
      if (out === true && isFolder && above(path)) return "unless needed";
      return needed(path) ? false : out;
    },
    inside: () => Promise.resolve(withDockerfile),
  };
  async function* entries(): AsyncGenerator<TarEntry> {
    let isFirst = true;
    for await (const entry of contextEntries()) {
      if (isFirst && needsPax(entry)) yield folderItself;
      isFirst = false;
      yield entry;
    }
  }

  async function* contextEntries(): AsyncGenerator<TarEntry> {
    if (content) {
      yield { type: "file", path: dockerfile, content, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0 };
    }
    const packed = folderEntries(context, {
      target: "",
      uid: 0,
      gid: 0,
      log,
      signal,
      rules: withDockerfile,
      onProgress,
      onSkip: (path, reason) => log.warn(`${path} is not in the build's context: ${reason}.`),
      unreadable: (path, cause) =>
        wrong(
          "dockerfile.context",
          `${path} in the build's context cannot be read: ${messageOf(cause)}.`,
          "Make it readable, or name it in .dockerignore.",
          cause,
        ),
    });
    for await (const entry of packed) {
      const plain = wholeSeconds(entry);
      yield process.platform === "win32" ? executable(plain) : plain;
    }
  }
  return packTar(entries(), signal);
}

/** The folder itself: it changes nothing, and its header fits in one block. */
const folderItself: TarEntry = {
  type: "directory",
  path: ".",
  mode: 0o755,
  mtime: new Date(0),
  uid: 0,
  gid: 0,
};

/** True for an entry whose name or target no plain header holds: a pax record then comes before its header. */
function needsPax(entry: TarEntry): boolean {
  const texts = [entry.path, ...("linkTarget" in entry ? [entry.linkTarget] : [])];
  // A folder's name gets a slash.
  return texts.some((text) => !/^[\x20-\x7e]{1,99}$/.test(text));
}

/**
 * Times to the second, as with the Docker CLI: BuildKit tells an archive from a bare Dockerfile by its first 512 bytes,
 * which have to be the header of an entry and not a pax record.
 */
function wholeSeconds(entry: TarEntry): TarEntry {
  return { ...entry, mtimeNs: undefined };
}

/** Windows has no mode for it: everything may be run, as with the Docker CLI there. */
function executable(entry: TarEntry): TarEntry {
  return entry.type === "symlink" ? entry : { ...entry, mode: entry.mode | 0o111 };
}
