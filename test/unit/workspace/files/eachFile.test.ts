import { pipeline } from "node:stream/promises";
import { Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pack, type Header } from "tar-stream";
import { expect, it } from "vitest";
import { readCompared } from "../../../../src/agents/snapshot/readCompared.js";
import { AgentError } from "../../../../src/model/errors.js";
import { eachFile, groupedByFolder } from "../../../../src/workspace/files/eachFile.js";
import { fileProblem } from "../../../../src/workspace/files/fileErrors.js";

type Entry = Partial<Header> & Pick<Header, "name"> & { content?: string };
const writing = (entries: readonly Entry[]) => async (sink: Writable) => {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? "");
  tar.finalize();
  await pipeline(tar, sink, { end: false });
};

it("hands over what is wanted and passes over the rest, second names and links too", async () => {
  const got: Record<string, string> = {};
  await eachFile(
    ["/a/one", "/a/link", "/a/twin", "/a/none"],
    (name) => `/${name}`,
    writing([
      { name: "a/", type: "directory" },
      { name: "a/other", content: "x".repeat(100_000) },
      { name: "a/one", content: "1" },
      { name: "a/link", type: "symlink", linkname: "one" },
      { name: "a/twin", type: "link", linkname: "a/one" },
    ]),
    async (path, content) => void (got[path] = (await buffer(content)).toString()),
  );
  expect(got).toEqual({ "/a/one": "1" });
});

it("finds the nearest folder of all paths below one", () => {
  expect(groupedByFolder(["/app/src/a/x", "/mngr-state/v/y", "/app/src/b", "/app/src/a/z"])).toEqual([
    { folder: "/app/src", paths: ["/app/src/a/x", "/app/src/b", "/app/src/a/z"] },
    { folder: "/mngr-state/v", paths: ["/mngr-state/v/y"] },
  ]);
  expect(groupedByFolder(["/app/a/b/c", "/app/x"])).toEqual([
    { folder: "/app", paths: ["/app/a/b/c", "/app/x"] },
  ]);
  expect(groupedByFolder(["/top"])).toEqual([{ folder: "/", paths: ["/top"] }]);
});

const large = 21 * 2 ** 20;
/** Files of which some come in one go. */
const filesOf = (together: Record<string, string>, single: Record<string, string | AgentError>) => ({
  async readFiles(
    paths: readonly string[],
    each: (path: string, content: Readable, size: number) => Promise<void>,
  ) {
    for (const [path, content] of Object.entries(together)) {
      const size = content === "large" ? large : content.length;
      if (paths.includes(path)) await each(path, Readable.from([Buffer.from(content)]), size);
    }
  },
  async read(path: string, sink: Writable) {
    const content = single[path] ?? fileProblem("NOT_FOUND", path);
    if (content instanceof AgentError) throw content;
    const chunks = content === "large" ? [Buffer.alloc(large)] : [Buffer.from(content)];
    await pipeline(Readable.from(chunks), sink, { end: false });
  },
});

it("has an answer for each path in its order, and a problem where there is no content", async () => {
  const files = filesOf({ "/a": "one", "/big": "large" }, { "/b": "two", "/huge": "large" });
  const found = await readCompared(files, ["/huge", "/b", "/none", "/big", "/a"]);
  expect(
    found.map((one) => [one.path, "content" in one ? one.content.toString() : one.problem.code]),
  ).toEqual([
    ["/huge", "UNSUPPORTED"],
    ["/b", "two"],
    ["/none", "NOT_FOUND"],
    ["/big", "UNSUPPORTED"],
    ["/a", "one"],
  ]);
});

it("fails as a whole where it is not about a file", async () => {
  const gone = new AgentError("ENGINE_UNREACHABLE", "away");
  await expect(readCompared(filesOf({}, { "/a": gone }), ["/a", "/b"])).rejects.toBe(gone);
});
