import type { Writable } from "node:stream";
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
import { parseOptions, type OptionsSchema } from "../model/options.js";
import type { ContainerFiles, FileContent } from "../workspace/files/containerFiles.js";
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
  /** A verb that reads its request by `schema`, says which paths it is about, and works on the files of its agent. */
  const verb =
    <I extends { user?: string }, T, G extends VerbOptions>(
      schema: OptionsSchema<I>,
      paths: (input: I) => readonly string[],
      work: (files: ContainerFiles, input: I, given: G | undefined, context: AgentContext) => Promise<T>,
    ) =>
    (target: string, request: unknown, given?: G): Promise<T> =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(schema, request),
        (context, facts, input) => {
          const asked = { paths: paths(input), user: input.user, signal: given?.signal };
          return withFiles(context, facts, asked, (files) => work(files, input, given, context));
        },
      );
  const reported = (given: VerbOptions | undefined) => ({
    signal: given?.signal,
    onProgress: (stage: string, detail?: string) => given?.onProgress?.({ stage, detail }),
  });
  const here = ({ path }: { path: string }) => [path];
  const both = ({ path, to }: { path: string; to: string }) => [path, to];

  return {
    listFiles: verb(listFilesOptions, here, async (files, { path }) => sortEntries(await files.list(path))),

    statFile: verb(statFileOptions, here, (files, { path, follow }) => files.stat(path, follow)),

    readFile: verb(
      readFileOptions,
      here,
      async (files, { path, encoding }, given: (VerbOptions & { into?: Writable }) | undefined) => {
        const { into } = given ?? {};
        if (into) await files.read(path, into);
        const content = into ? "" : await readContent(path, encoding, (sink) => files.read(path, sink));
        return { path, content, encoding };
      },
    ),

    writeFile: verb(
      writeFileOptions,
      here,
      async (
        files,
        { path, content, encoding, ...how },
        given: (VerbOptions & { from?: FileContent }) | undefined,
      ) => {
        const from = given?.from ?? bytesContent(Buffer.from(content, encoding));
        await files.write(path, from, how);
        return { path, sizeBytes: from.sizeBytes };
      },
    ),

    removeFile: verb(removeFileOptions, here, async (files, { path, recursive }) => {
      await files.remove(path, recursive);
      return { path };
    }),

    makeDirectory: verb(makeDirectoryOptions, here, async (files, { path, parents }) => {
      await files.makeDirectory(path, parents);
      return { path };
    }),

    moveFile: verb(moveFileOptions, both, async (files, { path, to, overwrite }) => {
      await files.move(path, to, overwrite);
      return { path: to };
    }),

    copyFile: verb(moveFileOptions, both, async (files, { path, to, overwrite }) => {
      await files.copy(path, to, overwrite);
      return { path: to };
    }),

    upload: verb(
      uploadOptions,
      ({ to }) => [to],
      (files, input, given, { log }) => uploadTo(files, input, { ...reported(given), log }),
    ),

    download: verb(
      downloadOptions,
      ({ from }) => [from],
      (files, input, given) => downloadFrom(files, input, reported(given)),
    ),
  };
}
