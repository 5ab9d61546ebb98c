import { AgentError } from "../model/errors.js";
import type { LogChunk } from "../ports/engine.js";
import { transportError } from "./transportErrors.js";

const headerLength = 8;

/**
 * Takes apart the engine's multiplexed output: frames of an 8-byte header (stream, three zeros, length big-endian)
 * and a payload. Gives each piece as it comes, so that a frame of any size costs no memory; a payload may therefore
 * come in several pieces. Source: Docker Engine API, ContainerAttach, "Stream format".
 * Throws `ENGINE_UNREACHABLE` when it ends amid a frame, `ENGINE_FAILED` with the engine's words in a system frame.
 */
export async function* demux(source: AsyncIterable<Buffer>, engine: string): AsyncGenerator<LogChunk> {
  let header = Buffer.alloc(0);
  let remaining = 0;
  let kind = 1;
  for await (let bytes of source) {
    while (bytes.length > 0) {
      if (remaining === 0) {
        const taken = bytes.subarray(0, headerLength - header.length);
        header = Buffer.concat([header, taken]);
        bytes = bytes.subarray(taken.length);
        if (header.length < headerLength) break;
        kind = header.readUInt8(0);
        remaining = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        if (kind > 3) throw garbled(engine);
      } else {
        const data = bytes.subarray(0, remaining);
        bytes = bytes.subarray(data.length);
        remaining -= data.length;
        if (kind === 3) {
          throw new AgentError(
            "ENGINE_FAILED",
            `The Docker engine at ${engine} says: ${data.toString().trim()}.`,
          );
        }
        yield { stream: kind === 2 ? "stderr" : "stdout", data };
      }
    }
  }
  if (remaining > 0 || header.length > 0) throw transportError(engine, new Error("premature close"));
}

function garbled(engine: string): AgentError {
  return new AgentError(
    "ENGINE_FAILED",
    `The output that came from the Docker engine at ${engine} is garbled.`,
  );
}
