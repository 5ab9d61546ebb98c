import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { extract, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { packIdentity } from "../../../src/workspace/identityFiles.js";
import { rejection } from "../../support/collect.js";

type Header = Parameters<ReturnType<typeof pack>["entry"]>[0];

/** A state volume as an engine archives it: the folder itself, then what is in it, in lexical order. */
function volume(...entries: [Header, string?][]) {
  const archive = pack();
  archive.entry({ name: "./", type: "directory" });
  for (const [header, content = ""] of entries) archive.entry(header, content);
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

async function read(archive: Readable) {
  const found: { path: string; is: string; of: string; text: string }[] = [];
  for await (const entry of archive.pipe(extract())) {
    const { name, type = "file", mode, uid, gid, linkname } = entry.header;
    const text = linkname ?? (await buffer(entry)).toString();
    found.push({ path: name, is: type, of: `${mode?.toString(8)} ${uid}:${gid}`, text });
    entry.resume();
  }
  return found;
}

describe("who an agent is", () => {
  it("comes from its state volume, with owners and modes, and without what it keeps", async () => {
    const own = { type: "directory", path: "mngr-state/volumes", mode: 0o755, uid: 0, gid: 0 } as const;
    const archive = packIdentity(
      volume(
        [{ name: "./agent-id", mode: 0o644 }, "agent-1\n"],
        [{ name: "./sessions/", type: "directory" }],
        [{ name: "./sessions/main" }, "of the moment"],
        [{ name: "./ssh/", type: "directory", mode: 0o755 }],
        [{ name: "./ssh/key", mode: 0o600, uid: 3, gid: 4 }, "secret"],
        [{ name: "./ssh/pipe", type: "fifo" }],
        [{ name: "./ssh/same", type: "link", linkname: "./ssh/key", mode: 0o600 }],
        [{ name: "./ssh/short", type: "symlink", linkname: "key", mode: 0o777 }],
        [{ name: "./tailscale/log", mode: 0o644 }, "x".repeat(3_000_000)],
        [{ name: "./user-ids", mode: 0o644 }, "3 4\n"],
        [{ name: "./volumes/", type: "directory" }],
        [{ name: "./volumes/agent-1/data" }, "kept"],
      ),
      [own],
    );
    expect(await read(archive)).toEqual([
      { path: "mngr-state/agent-id", is: "file", of: "644 0:0", text: "agent-1\n" },
      { path: "mngr-state/ssh/", is: "directory", of: "755 0:0", text: "" },
      { path: "mngr-state/ssh/key", is: "file", of: "600 3:4", text: "secret" },
      { path: "mngr-state/ssh/same", is: "link", of: "600 0:0", text: "mngr-state/ssh/key" },
      { path: "mngr-state/ssh/short", is: "symlink", of: "777 0:0", text: "key" },
      { path: "mngr-state/tailscale/log", is: "file", of: "644 0:0", text: "x".repeat(3_000_000) },
      { path: "mngr-state/user-ids", is: "file", of: "644 0:0", text: "3 4\n" },
      { path: "mngr-state/volumes/", is: "directory", of: "755 0:0", text: "" },
    ]);
  });

  it("is read no further than the agent's own files, however large they are", async () => {
    const archive = pack();
    archive.entry({ name: "./agent-id" }, "agent-1\n");
    archive.entry({ name: "./volumes/", type: "directory" });
    // It never ends: whoever reads on waits for ever.
    archive.entry({ name: "./volumes/data", size: 10 ** 9 });
    const source = Readable.from(archive, { objectMode: false });
    expect(await read(packIdentity(source, []))).toHaveLength(1);
    expect(source.destroyed).toBe(true);
  });

  it("fails where the archive breaks off", async () => {
    const archive = pack();
    archive.entry({ name: "./ssh/key", size: 100 }).write("half");
    const source = Readable.from(
      (async function* () {
        for await (const chunk of archive) {
          yield chunk as Buffer;
          throw new Error("the engine went away");
        }
      })(),
    );
    expect(String(await rejection(buffer(packIdentity(source, []))))).toContain("the engine went away");
  });
});
