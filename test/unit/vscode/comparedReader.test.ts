import { expect, it } from "vitest";
import type { Core } from "../../../src/app/core.js";
import { AgentError } from "../../../src/model/errors.js";
import { ComparedReader } from "../../../src/vscode/comparedReader.js";

/** A core that reads every path as itself, or fails. */
function readerOf(failure?: AgentError) {
  const asked: unknown[] = [];
  const readCompared: Core["readCompared"] = async (request, options) => {
    asked.push([request, options?.engine]);
    if (failure) throw failure;
    const { paths } = request as { paths: string[] };
    return Promise.resolve(paths.map((path) => ({ path, content: Buffer.from(path) })));
  };
  return { asked, reader: new ComparedReader({ core: () => Promise.resolve({ readCompared } as Core) }) };
}
const snapshot = { snapshot: "0badcafe", engine: "unix:///x" };
const agent = { agent: "agent-1", engine: "unix:///x" };

it("asks once for all that is wanted of a side at about the same time", async () => {
  const { asked, reader } = readerOf();
  const all = await Promise.all([
    reader.read(snapshot, "/a"),
    reader.read(agent, "/a"),
    reader.read(snapshot, "/b"),
    reader.read(snapshot, "/a"),
  ]);
  expect(all.map((one) => "content" in one && one.content.toString())).toEqual(["/a", "/a", "/b", "/a"]);
  expect(asked).toEqual([
    [{ snapshot: "0badcafe", paths: ["/a", "/b"] }, "unix:///x"],
    [{ agent: "agent-1", paths: ["/a"] }, "unix:///x"],
  ]);
  await reader.read(snapshot, "/c");
  expect(asked).toHaveLength(3);
});

it("tells everybody who waits why nothing could be read", async () => {
  const failure = new AgentError("SNAPSHOT_NOT_FOUND", "gone");
  const { reader } = readerOf(failure);
  const both = await Promise.allSettled([reader.read(snapshot, "/a"), reader.read(snapshot, "/b")]);
  expect(both).toEqual([
    { status: "rejected", reason: failure },
    { status: "rejected", reason: failure },
  ]);
});
