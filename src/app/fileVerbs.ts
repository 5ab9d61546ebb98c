import { readContent, sortEntries, withFiles } from "../agents/files.js";
import { downloadFrom, uploadTo } from "../agents/transfer.js";
import {
  downloadOptions,
  listFilesOptions,
  makeDirectoryOptions,
  moveFileOptions,
  readFileOptions,
  removeFileOptions,
  statFileOptions,
  uploadOptions,
  writeFileOptions,
} from "../model/fileOptions.js";
import { parseOptions } from "../model/options.js";
import type { ContainerFiles } from "../workspace/files/containerFiles.js";
import { bytesContent } from "../workspace/files/localContent.js";
import type { AgentContext } from "../agents/context.js";
import type { Core, VerbOptions } from "./core.js";
import type { Machine } from "./machine.js";

/** The verbs that work on the files of an agent. */
export type FileVerbs = Pick<
  Core,
  | "listFiles"
  | "statFile"
  | "readFile"
  | "writeFile"
  | "removeFile"
  | "makeDirectory"
  | "moveFile"
  | "copyFile"
  | "upload"
  | "download"
>;

/** Not among the mutations: a file is not the agent, and nobody should wait for a start to save one. */
export function createFileVerbs(machine: Machine): FileVerbs {
  const on = <I extends { user?: string }, T>(
    target: string,
    given: VerbOptions | undefined,
    check: () => I,
    paths: (input: I) => readonly string[],
    work: (files: ContainerFiles, input: I, context: AgentContext) => Promise<T>,
  ): Promise<T> =>
    machine.onAgent(target, given, check, (context, facts, input) => {
      const request = { paths: paths(input), user: input.user, signal: given?.signal };
      return withFiles(context, facts, request, (files) => work(files, input, context));
    });
  const reported = (given: VerbOptions | undefined) => ({
    signal: given?.signal,
    onProgress: (stage: string, detail?: string) => given?.onProgress?.({ stage, detail }),
  });
  const here = ({ path }: { path: string }) => [path];
  const both = ({ path, to }: { path: string; to: string }) => [path, to];

  return {
    listFiles: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(listFilesOptions, request),
        here,
        async (files, { path }) => sortEntries(await files.list(path)),
      ),

    statFile: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(statFileOptions, request),
        here,
        (files, { path, follow }) => files.stat(path, follow),
      ),

    readFile: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(readFileOptions, request),
        here,
        async (files, { path, encoding }) => {
          const { into } = given ?? {};
          if (into) await files.read(path, into);
          const content = into ? "" : await readContent(path, encoding, (sink) => files.read(path, sink));
          return { path, content, encoding };
        },
      ),

    writeFile: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(writeFileOptions, request),
        here,
        async (files, { path, content, encoding, ...how }) => {
          const from = given?.from ?? bytesContent(Buffer.from(content, encoding));
          await files.write(path, from, how);
          return { path, sizeBytes: from.sizeBytes };
        },
      ),

    removeFile: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(removeFileOptions, request),
        here,
        async (files, { path, recursive }) => {
          await files.remove(path, recursive);
          return { path };
        },
      ),

    makeDirectory: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(makeDirectoryOptions, request),
        here,
        async (files, { path, parents }) => {
          await files.makeDirectory(path, parents);
          return { path };
        },
      ),

    moveFile: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(moveFileOptions, request),
        both,
        async (files, { path, to, overwrite }) => {
          await files.move(path, to, overwrite);
          return { path: to };
        },
      ),

    copyFile: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(moveFileOptions, request),
        both,
        async (files, { path, to, overwrite }) => {
          await files.copy(path, to, overwrite);
          return { path: to };
        },
      ),

    upload: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(uploadOptions, request),
        ({ to }) => [to],
        (files, input, { log }) => uploadTo(files, input, { ...reported(given), log }),
      ),

    download: (target, request, given) =>
      on(
        target,
        given,
        () => parseOptions(downloadOptions, request),
        ({ from }) => [from],
        (files, input) => downloadFrom(files, input, reported(given)),
      ),
  };
}
