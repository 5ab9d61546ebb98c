import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listScript, statScript } from "../../../../src/workspace/files/execScripts.js";
import { readListing } from "../../../../src/workspace/files/readListing.js";

const run = promisify(execFile);
let folder: string;
let tools: string;
/** A `find` without -printf, as busybox has it. */
const busybox = '#!/bin/sh\nfor one do [ "$one" = -printf ] && exit 1; done\nexec /usr/bin/find "$@"\n';
const names = [
  "plain",
  "two\nlines",
  "81a4 5 100 x",
  "x\n81a4 5 100 y",
  "-dash",
  ".hidden",
  "..two",
  "ä🙂",
  "sp ace",
  "back\\slash",
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "listing-"));
  tools = await mkdtemp(join(tmpdir(), "tools-"));
  await writeFile(join(tools, "find"), busybox);
  await chmod(join(tools, "find"), 0o755);
  for (const name of names) await writeFile(join(folder, name), name, { mode: 0o640 });
  await symlink("plain", join(folder, "link"));
  await symlink("no\nwhere\n", join(folder, "dangling\n"));
  await symlink(".", join(folder, "circle"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(tools, { recursive: true });
});

const listed = async (script: string, path: string, args: string[], PATH: string) => {
  const { stdout } = await run("sh", ["-c", script, "sh", path, ...args], {
    encoding: "buffer",
    env: { PATH, LC_ALL: "C" },
  });
  return readListing(stdout).sort((a, b) => (a.name < b.name ? -1 : 1));
};

it.each(["find -printf", "stat"])("a folder is read whole by %s", async (how) => {
  const PATH = how === "stat" ? `${tools}:${process.env.PATH}` : (process.env.PATH ?? "");
  const entries = await listed(listScript, folder, [], PATH);
  expect(entries.map(({ name }) => name)).toEqual([...names, "link", "dangling\n", "circle"].sort());
  for (const name of names) {
    const entry = entries.find((one) => one.name === name);
    expect(entry).toMatchObject({ kind: "file", sizeBytes: Buffer.byteLength(name), mode: 0o640 });
    expect(Math.abs(Date.now() - (entry?.modifiedMs ?? 0))).toBeLessThan(60_000);
  }
  const link = (name: string) => entries.find((one) => one.name === name);
  expect(link("link")).toMatchObject({ kind: "symlink", linkTarget: "plain", targetKind: "file" });
  expect(link("dangling\n")).toMatchObject({
    kind: "symlink",
    linkTarget: "no\nwhere\n",
    targetKind: undefined,
  });
  expect(link("circle")).toMatchObject({ kind: "symlink", targetKind: "folder" });
  const [followed] = await listed(statScript, join(folder, "link"), ["1"], PATH);
  expect(followed).toMatchObject({ kind: "file", sizeBytes: 5 });
});

it("an output that is none of ours is an error, and numbers that no file has are 0", () => {
  expect(() => readListing(Buffer.from("sh: find: not found"))).toThrow("cannot be read");
  const [entry] = readListing(Buffer.from("G\0name\0f\0f\x00NaN\x00777777\x001e300\0\0"));
  expect(entry).toEqual({ name: "name", kind: "file", sizeBytes: 0, mode: 0o7777, modifiedMs: 0 });
});
