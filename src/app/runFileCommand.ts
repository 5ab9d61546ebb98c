import type { Readable, Writable } from "node:stream";
import { localContent, localFacts } from "../workspace/files/localContent.js";
import { withSpool } from "../workspace/files/spool.js";
import type { Command } from "./commandSyntax.js";
import type { Core, VerbOptions } from "./core.js";
import type { FileVerbs } from "./fileVerbs.js";
import { renderFiles, renderTransferred } from "./renderFiles.js";
import type { CommandResult } from "./runCommand.js";

/** The verbs of the command line that work on files. */
type FileVerbName = Exclude<keyof FileVerbs, "statFile">;

/** Runs one of them. What is read goes to stdout as it comes, and what is written comes from stdin or a file. */
export async function runFileCommand(
  core: Core,
  verb: FileVerbName,
  { target, input, json }: Command,
  { stdin, stdout }: { stdin: Readable; stdout: Writable },
  options: VerbOptions,
): Promise<CommandResult> {
  const done = (value: { path: string }, what: string): CommandResult => ({
    value,
    text: `${value.path} ${what}.\n`,
  });
  switch (verb) {
    case "listFiles": {
      const value = await core.listFiles(target, input, options);
      return { value, text: renderFiles(value) };
    }
    case "readFile": {
      const value = await core.readFile(target, input, { ...options, ...(!json && { into: stdout }) });
      return { value, text: "" };
    }
    case "writeFile":
      return done(await writeFile(core, target, input, stdin, options), "is written");
    case "removeFile":
      return done(await core.removeFile(target, input, options), "is removed");
    case "makeDirectory":
      return done(await core.makeDirectory(target, input, options), "is made");
    case "moveFile":
      return done(await core.moveFile(target, input, options), "is there");
    case "copyFile":
      return done(await core.copyFile(target, input, options), "is there");
    case "upload": {
      const value = await core.upload(target, input, options);
      return { value, text: renderTransferred(value) };
    }
    case "download": {
      const value = await core.download(target, input, options);
      return { value, text: renderTransferred(value) };
    }
  }
}

async function writeFile(
  core: Core,
  target: string,
  { file, ...input }: Record<string, unknown>,
  stdin: Readable,
  options: VerbOptions,
) {
  // The content is in the document.
  if (typeof input.content === "string") return core.writeFile(target, input, options);
  if (typeof file === "string") {
    const { path, sizeBytes } = await localFacts(file);
    const from = localContent(path, sizeBytes, () => undefined);
    return core.writeFile(target, input, { ...options, from });
  }
  return withSpool(stdin, options.signal, (from) => core.writeFile(target, input, { ...options, from }));
}
