import { Readable } from "node:stream";
import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import { asStream, pathPart, requireId } from "./client.js";
import { incoming } from "./incoming.js";
import { pathStat, readAnswer } from "./records.js";

/** Files in and out of containers as tar archives; both work before the first start. See the port. */
export function createArchives(client: Client): Pick<Engine, "putArchive" | "getArchive" | "modifiedAt"> {
  return {
    async putArchive(id, path, tar, signal) {
      requireId(id);
      // An upload may be long: it takes its own socket, and its deadline counts from the last byte that moved.
      const bytes = tar instanceof Readable ? tar : Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength);
      const call = { operation: "archive", subject: path, signal, long: true } as const;
      await client.run(call, (docker) => docker.getContainer(pathPart(id)).putArchive(bytes, { path }));
    },

    async modifiedAt(id, path, signal) {
      requireId(id);
      return client.run({ operation: "archive", subject: path, signal }, async (docker, seen) => {
        const answer: unknown = await docker.getContainer(pathPart(id)).infoArchive({ path });
        // It has no body; what there is to know is in a header.
        asStream(answer, client.engine).resume();
        return readAnswer(pathStat, seen.headers["x-docker-container-path-stat"], path).mtime;
      });
    },

    async getArchive(id, path, signal) {
      requireId(id);
      const call = { operation: "archive", subject: path, signal, long: true } as const;
      const answer = await client.run(call, (docker) =>
        docker.getContainer(pathPart(id)).getArchive({ path }),
      );
      const stream = asStream(answer, client.engine);
      const options = { engine: client.engine, signal, idleMs: client.timeouts.operationMs };
      const archive = Readable.from(incoming(stream, options), { objectMode: false });
      // Also where nobody began to read it: the engine keeps the container locked until the archive has left.
      archive.once("close", () => stream.destroy());
      return archive;
    },
  };
}
