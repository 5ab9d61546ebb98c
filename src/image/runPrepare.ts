import { randomBytes } from "node:crypto";
import { StringDecoder } from "node:string_decoder";
import { isAgentError, messageOf } from "../model/errors.js";
import { roleLabel } from "../model/labels.js";
import type { Engine, ImageFacts, LogChunk } from "../ports/engine.js";
import type { Logger } from "../util/log.js";
import { init, prepareScript, secretsScript, sessionsScript, tailscaleScript } from "./initFiles.js";
import { cannotRun, isExecFormat, noShell, prepareFailure } from "./prepareFailure.js";
import { preparedLabel, preparedReference } from "./preparedImage.js";
import type { PreparedKey, PreparedUser } from "./preparedImage.js";
import { renderSshdConfig } from "./sshdConfig.js";

const resultLine = /^agent-containers-prepared uid=(\d+) gid=(\d+) home=(\/.*)$/;
const keptLines = 400;

/**
 * Runs the prepare script in a temporary container of `base`, and `whenDone` with that container, stopped and still
 * there. The container is removed whatever happens; when even that fails, it is found by its role label later.
 * `PREPARE_FAILED` or `NO_SPACE` with the log.
 */
export async function runPrepare<T>(
  engine: Engine,
  base: ImageFacts,
  key: PreparedKey,
  options: { onProgress: (line: string) => void; log: Logger; signal: AbortSignal },
  whenDone: (containerId: string, user: PreparedUser) => Promise<T>,
): Promise<T> {
  const { signal, log } = options;
  const baseName = base.tags[0] ?? base.id;
  const platform = key.platform ?? ["linux", base.architecture, base.variant].filter(Boolean).join("/");
  const { hash } = preparedReference(key);
  const files = [init, renderSshdConfig(key.user), secretsScript, tailscaleScript, sessionsScript];
  signal.throwIfAborted();
  // Without the signal: an abort on the way would leave a container whose id nobody knows.
  const name = `agent-containers-prepare-${randomBytes(6).toString("hex")}`;
  const body = {
    Image: base.id,
    User: "root",
    Entrypoint: ["sh"],
    Cmd: ["-c", prepareScript, "prepare", key.user, ...files, ...key.packages],
    Labels: { [roleLabel]: "prepare", [preparedLabel]: hash },
  };
  const { id } = await engine.createContainer(name, body, undefined, key.platform);
  try {
    await engine.startContainer(id, signal).catch((error: unknown) => {
      if (!isAgentError(error, "START_FAILED")) throw error;
      throw isExecFormat(error.message) ? cannotRun(baseName, platform, error) : noShell(baseName, error);
    });
    const lines: string[] = [];
    let user: PreparedUser | undefined;
    for await (const { stream, line } of linesOf(engine.logs(id, { follow: true }, signal))) {
      const result = stream === "stdout" ? resultLine.exec(line) : null;
      if (result) {
        user = { uid: Number(result[1]), gid: Number(result[2]), home: result[3] ?? "" };
        continue;
      }
      options.onProgress(line);
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
    }
    const exitCode = await engine.waitContainer(id, signal);
    // Some engines start it, and it is the container that ends with these words.
    if (exitCode !== 0 && isExecFormat(lines.at(-1) ?? "")) throw cannotRun(baseName, platform);
    if (exitCode !== 0 || !user) throw prepareFailure(baseName, exitCode, lines);
    return await whenDone(id, user);
  } finally {
    await engine.removeContainer(id).catch((error: unknown) => {
      log.warn(`The prepare container ${id} could not be removed: ${messageOf(error)}`);
    });
  }
}

/** The whole lines of both streams, without what a progress bar overwrote, and without empty ones. */
async function* linesOf(
  chunks: AsyncIterable<LogChunk>,
): AsyncGenerator<{ stream: LogChunk["stream"]; line: string }> {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  const rest = { stdout: "", stderr: "" };
  const cleaned = (line: string) => line.trimEnd().split("\r").at(-1) ?? "";
  for await (const { stream, data } of chunks) {
    const lines = (rest[stream] + decoders[stream].write(data)).split("\n");
    rest[stream] = lines.pop() ?? "";
    for (const line of lines.map(cleaned)) if (line) yield { stream, line };
  }
  for (const stream of ["stdout", "stderr"] as const) {
    const line = cleaned(rest[stream] + decoders[stream].end());
    if (line) yield { stream, line };
  }
}
