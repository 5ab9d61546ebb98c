import { createWriteStream } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, rename, rm, utimes } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import type { DownloadOptions, UploadOptions } from "../model/fileOptions.js";
import { renderBytes } from "../model/size.js";
import type { Logger } from "../util/log.js";
import { folderEntries } from "../workspace/copyWorkspace.js";
import type { ContainerFiles } from "../workspace/files/containerFiles.js";
import { fileProblem } from "../workspace/files/fileErrors.js";
import { localContent, localFacts } from "../workspace/files/localContent.js";
import { writeLocalTree, type Skipped } from "../workspace/files/writeLocalTree.js";
import { noRules } from "../workspace/ignoreRules.js";
import { packTar } from "../workspace/packTar.js";
import type { Work } from "./context.js";

/** What was brought over. */
export interface Transferred {
  /** Where it is now. */
  path: string;
  bytes: number;
  files: number;
  /** What could not come along, and why. */
  skipped: Skipped[];
}

/** Reports what has moved, about every MiB of it. */
function counter(stage: string, { onProgress }: Work, total?: number) {
  let shown = -1;
  return (bytes: number, files?: number) => {
    const step = Math.floor(bytes / 2 ** 20);
    if (step === shown) return;
    shown = step;
    const of = total === undefined ? "" : ` / ${renderBytes(total)}`;
    onProgress(stage, `${renderBytes(bytes)}${of}${files === undefined ? "" : `, ${files}`}`);
  };
}

async function find(files: ContainerFiles, path: string) {
  try {
    return await files.stat(path, true);
  } catch (error) {
    if (isAgentError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * Brings a file or folder of this machine into an agent, folders above included. A file replaces a file with
 * `overwrite`; a folder is laid over a folder. What fails half way leaves a file as it was, and removes a folder that
 * it made.
 */
export async function uploadTo(
  files: ContainerFiles,
  options: UploadOptions,
  work: Work & { log: Logger },
): Promise<Transferred> {
  const source = await localFacts(options.from);
  const { to: path, overwrite } = options;
  const there = await find(files, path);
  if (there && !overwrite) throw fileProblem("FILE_EXISTS", path);
  const skipped: Skipped[] = [];
  if (source.kind === "file") {
    const moved = counter("Uploading", work, source.sizeBytes);
    const { sizeBytes, mode } = source;
    await files.write(path, localContent(source.path, sizeBytes, moved), { mode, parents: true, overwrite });
    return { path, bytes: sizeBytes, files: 1, skipped };
  }
  if (there && there.kind !== "folder") throw fileProblem("NOT_FOLDER", path);
  const moved = counter("Uploading", work);
  let total = { bytes: 0, files: 0 };
  const tar = (owner: { uid: number; gid: number }) =>
    packTar(
      folderEntries(source.path, {
        target: "",
        rules: noRules,
        ...owner,
        log: work.log,
        signal: work.signal,
        onSkip: (skippedPath, reason) => skipped.push({ path: skippedPath, reason }),
        onProgress: (bytes, count) => {
          total = { bytes, files: count };
          moved(bytes, count);
        },
      }),
      work.signal,
    );
  try {
    await files.writeTree(path, tar);
  } catch (error) {
    if (!there) await files.remove(path, true).catch(() => undefined); // The reason is the error above.
    throw error;
  }
  return { path, ...total, skipped };
}

/**
 * Brings a file or folder of an agent to this machine, under a temporary name until all of it is there. A file
 * replaces a file with `overwrite`; a folder never replaces anything.
 */
export async function downloadFrom(
  files: ContainerFiles,
  options: DownloadOptions,
  work: Work,
): Promise<Transferred> {
  const path = resolve(options.to);
  const source = await files.stat(options.from, true);
  if (source.kind === "other") throw fileProblem("UNSUPPORTED", options.from);
  const there = await lstat(path).catch(() => undefined);
  if (there && (source.kind === "folder" || !options.overwrite || there.isDirectory())) {
    throw new AgentError("FILE_EXISTS", `${path} is there already.`, {
      field: "to",
      remedy:
        source.kind === "folder" ? "Choose another name." : "Choose another name, or allow to overwrite it.",
    });
  }
  const scratch = await scratchBeside(path);
  const part = join(scratch, basename(path));
  try {
    let result = { bytes: source.sizeBytes, files: 1, skipped: [] as Skipped[] };
    if (source.kind === "folder") result = await downloadFolder(files, options.from, part, work);
    else await downloadFile(files, options.from, part, source, work);
    await rename(part, path);
    return { path, ...result };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function scratchBeside(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await mkdtemp(join(dirname(path), ".agent-containers-"));
  } catch (error) {
    throw new AgentError("FORBIDDEN", `${path} cannot be written: ${messageOf(error)}.`, {
      field: "to",
      cause: error,
    });
  }
}

async function downloadFile(
  files: ContainerFiles,
  from: string,
  part: string,
  { sizeBytes, mode, modifiedMs }: { sizeBytes: number; mode: number; modifiedMs: number },
  work: Work,
): Promise<void> {
  const moved = counter("Downloading", work, sizeBytes);
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      moved((bytes += chunk.length));
      done(null, chunk);
    },
  });
  const written = pipeline(counted, createWriteStream(part, { flags: "wx", mode: 0o600 }));
  // Awaited below; where reading fails first, that is the reason.
  written.catch(() => undefined);
  try {
    await files.read(from, counted);
    counted.end();
  } catch (error) {
    counted.destroy();
    throw error;
  }
  await written;
  await chmod(part, mode & 0o777);
  await utimes(part, modifiedMs / 1000, modifiedMs / 1000);
}

async function downloadFolder(files: ContainerFiles, from: string, part: string, work: Work) {
  const moved = counter("Downloading", work);
  let total = { bytes: 0, files: 0 };
  const tar = new PassThrough();
  const written = writeLocalTree(Readable.from(tar, { objectMode: false }), part, {
    windows: process.platform === "win32",
    signal: work.signal,
    onProgress: (bytes, count) => {
      total = { bytes, files: count + 1 };
      moved(bytes, count + 1);
    },
  });
  written.catch((error: unknown) => tar.destroy(error instanceof Error ? error : undefined));
  try {
    await files.readTree(from, tar);
    tar.end();
  } catch (error) {
    // Where it could not be written here, reading fails too; the first is the reason.
    const reason: unknown = tar.errored ?? error;
    tar.destroy();
    throw reason;
  }
  return { ...total, skipped: await written };
}
