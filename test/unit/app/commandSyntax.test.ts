import { resolve } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../src/app/commandSyntax.js";

const input = async (...args: string[]) =>
  (await parseCommandLine(["create", ...args], Readable.from([]))).input;

it("deletes the snapshots with their agent where that is said", async () => {
  const destroy = async (...args: string[]) =>
    (await parseCommandLine(["destroy", "fixer", ...args], Readable.from([]))).input;
  expect(await destroy()).toEqual({});
  expect(await destroy("--delete-snapshots")).toEqual({ snapshots: "delete" });
});

it("compares a snapshot with its agent, or with another one", async () => {
  const given = async (...args: string[]) =>
    (await parseCommandLine(["compareSnapshot", "0badcafe", ...args], Readable.from([]))).input;
  expect(await given()).toEqual({ snapshot: "0badcafe" });
  expect(await given("--with", "first")).toEqual({ snapshot: "0badcafe", with: "first" });
});

describe("a Dockerfile on the command line", () => {
  it("is absolute, with its context and its arguments", async () => {
    expect(await input("--dockerfile", "sub/Dockerfile")).toEqual({
      dockerfile: { path: resolve("sub/Dockerfile") },
    });
    expect(
      await input(
        ...["--dockerfile=D", "--context", "."],
        ...["-b", "A=1", "-b=B", "--build-arg", "C=x=y", "--build-arg=--target=dev", "-b=--no-cache"],
      ),
    ).toEqual({
      dockerfile: {
        path: resolve("D"),
        context: resolve("."),
        args: ["--build-arg=A=1", "--build-arg=B", "--build-arg=C=x=y", "--target=dev", "--no-cache"],
      },
    });
  });

  it.each([
    [["--context", "."], /--context needs --dockerfile/],
    [["-b", "A=1"], /--build-arg needs --dockerfile/],
  ])("is needed for %j", async (args, says) => {
    await expect(input(...args)).rejects.toMatchObject({
      code: "SPEC_INVALID",
      message: expect.stringMatching(says) as string,
    });
  });

  it("forks a snapshot without naming its agent, and an agent by its name alone", async () => {
    const parse = (...args: string[]) => parseCommandLine(args, Readable.from([]));
    expect(await parse("fork", "--snapshot", "good")).toMatchObject({ verb: "fork", target: "" });
    await expect(parse("fork", "--count", "2")).rejects.toMatchObject({ code: "SPEC_INVALID" });
  });
});
