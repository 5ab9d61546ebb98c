import { resolve } from "node:path";
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { parseCommandLine } from "../../src/app/commandSyntax.js";
import { rejection } from "../support/collect.js";

const read = (...args: string[]) => parseCommandLine(["create", ...args], Readable.from([]));

it.each([
  [["--workspace", "."], { mode: "auto", source: resolve(".") }],
  [["--workspace", "copy:x"], { mode: "copy", source: resolve("x") }],
  [["--workspace", "bind:/srv/x"], { mode: "bind", source: "/srv/x" }],
  [["--workspace", "clone:x"], { mode: "clone", source: resolve("x") }],
  [["--workspace=./bind:x"], { mode: "auto", source: resolve("bind:x") }],
  [
    ["--workspace=bind:x", "--dependencies=shared"],
    { mode: "bind", source: resolve("x"), dependencies: "shared" },
  ],
])("%j says how the folder gets in", async (args, workspace) => {
  expect((await read(...args)).input.workspace).toEqual(workspace);
});

it("takes mounts as docker run does", async () => {
  const mounts = ["type=tmpfs,dst=/a", "type=bind,src=./x,dst=/b"];
  expect((await read(...mounts.map((mount) => `--mount=${mount}`))).input.mounts).toEqual(mounts);
});

it.each([[["--workspace", "bind:"]], [["--dependencies", "own"]]])("%j is bad usage", async (args) => {
  expect(await rejection(read(...args))).toMatchObject({ code: "SPEC_INVALID" });
});
