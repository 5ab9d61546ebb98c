import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { Writable } from "node:stream";
import { AgentError, isAgentError } from "../../model/errors.js";
import type { Engine, ExecRequest } from "../../ports/engine.js";
import { collect } from "../../util/sinks.js";
import type { ContainerFiles } from "./containerFiles.js";
import * as scripts from "./execScripts.js";
import { eachFile } from "./eachFile.js";
import { fileError, fileProblem } from "./fileErrors.js";
import { readListing } from "./readListing.js";

/** Error output of which no more than the end is kept: a `tar` may complain of every file. */
const maxSaid = 64 * 1024;

function tail(): { stream: Writable; text: () => string } {
  let held = Buffer.alloc(0);
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      held = Buffer.concat([held, chunk]).subarray(-maxSaid);
      done();
    },
  });
  return { stream, text: () => held.toString("utf8") };
}

/** As much of a command line as every system takes in one argument list. */
const maxArgumentBytes = 64 * 1024;

function* chunksOf(args: readonly string[]): Generator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const arg of args) {
    bytes += Buffer.byteLength(arg);
    if (bytes > maxArgumentBytes && chunk.length > 0) {
      yield chunk;
      [chunk, bytes] = [[], Buffer.byteLength(arg)];
    }
    chunk.push(arg);
  }
  if (chunk.length > 0) yield chunk;
}

const bit = (flag: boolean) => (flag ? "1" : "");

/**
 * The files of a running container through commands in it, as `user`: what the agent itself sees, tmpfs and /proc
 * included, with its permissions. `NOT_RUNNING`, `EXEC_FAILED` where the image has no shell.
 */
export function execFiles(
  engine: Engine,
  id: string,
  how: { user?: string; signal?: AbortSignal },
): ContainerFiles {
  const run = async (
    path: string,
    script: string,
    more: readonly string[],
    streams: Pick<ExecRequest, "stdin" | "stdout"> = {},
    fine: (exitCode: number, said: string) => boolean = (exitCode) => exitCode === 0,
  ) => {
    const said = tail();
    const { exitCode } = await engine.exec(
      id,
      {
        command: ["sh", "-c", script, "sh", path, ...more],
        cwd: "/",
        // The words of errors are read, and names are bytes.
        env: { LC_ALL: "C" },
        user: how.user,
        stderr: said.stream,
        ...streams,
      },
      how.signal,
    );
    if (!fine(exitCode, said.text())) throw fileError(path, said.text());
  };
  const entries = async (path: string, script: string, ...more: string[]) => {
    const output = collect();
    await run(path, script, more, { stdout: output.stream });
    return readListing(output.bytes());
  };
  /** What is in the way is at `to`. */
  const replace = async (path: string, script: string, to: string, overwrite: boolean) => {
    try {
      await run(path, script, [to, bit(overwrite)]);
    } catch (error) {
      if (isAgentError(error, "FILE_EXISTS")) throw fileProblem("FILE_EXISTS", to);
      if (isAgentError(error, "NOT_EMPTY")) throw fileProblem("NOT_EMPTY", to);
      throw error;
    }
  };

  return {
    list: (path) => entries(path, scripts.listScript),
    async stat(path, follow = false) {
      const [entry] = await entries(path, scripts.statScript, bit(follow));
      if (!entry) throw fileProblem("NOT_FOUND", path);
      return { ...entry, name: posix.basename(path) };
    },
    read: (path, sink) => run(path, scripts.readScript, [], { stdout: sink }),
    async readFiles(paths, each) {
      for (const [first = "", ...others] of chunksOf(paths.map((path) => `.${path}`))) {
        await eachFile(
          paths,
          (name) => name.slice(1),
          (sink) =>
            // What tar complains of is passed over.
            run(first, scripts.readFilesScript, others, { stdout: sink }, () => true),
          each,
        );
      }
    },
    async write(path, content, { mode, parents, overwrite }) {
      const temporary = `.agent-containers-${randomBytes(8).toString("hex")}`;
      const stdin = content.open();
      try {
        const more = [
          temporary,
          String(content.sizeBytes),
          mode?.toString(8) ?? "",
          bit(parents),
          bit(overwrite),
        ];
        await run(path, scripts.writeScript, more, { stdin });
      } finally {
        stdin.destroy();
      }
    },
    remove: (path, recursive) => run(path, scripts.removeScript, [bit(recursive)]),
    makeDirectory: (path, parents) => run(path, scripts.makeDirectoryScript, [bit(parents)]),
    move: (path, to, overwrite) => replace(path, scripts.moveScript, to, overwrite),
    copy: (path, to, overwrite) => replace(path, scripts.copyScript, to, overwrite),
    readTree: (path, sink) =>
      run(
        path,
        scripts.readTreeScript,
        [],
        { stdout: sink },
        // An agent that works meanwhile is no failure: GNU tar ends with 1 for that alone.
        (exitCode, said) =>
          exitCode === 0 || (exitCode === 1 && /changed as we read it|removed before we/.test(said)),
      ),
    async writeTree(path, tar) {
      // Who is not root owns what it unpacks; root gives it to itself.
      const stdin: Readable = tar({ uid: 0, gid: 0 });
      let broken: Error | undefined;
      stdin.once("error", (error) => (broken = error));
      try {
        await run(path, scripts.writeTreeScript, [], { stdin });
      } catch (error) {
        // tar's complaint of a stream that ended early is not the reason.
        if (broken && !how.signal?.aborted) throw broken;
        throw error;
      } finally {
        stdin.destroy();
      }
      if (broken)
        throw new AgentError("ENGINE_FAILED", `${path} did not arrive as a whole.`, { cause: broken });
    },
  };
}
