import { resolve } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { parseCommandLine } from "../../../src/app/commandSyntax.js";
import { forkOptions, parseOptions } from "../../../src/model/options.js";
import { parseSpec } from "../../../src/model/spec.js";
import { rejection } from "../../support/collect.js";

const parse = (...args: string[]) => parseCommandLine(["create", ...args], Readable.from([]));

test("flags say where secrets come from", async () => {
  const { input } = await parse(
    "--secret=A=file:secret=1.txt",
    "--secret=B=env:TOKEN",
    "--env-file=a.env",
    "--env-file=/b.env",
    "--tailscale-auth-key=env:TS",
  );
  expect(input).toMatchObject({
    secrets: { A: { file: resolve("secret=1.txt") }, B: { env: "TOKEN" } },
    envFile: [resolve("a.env"), "/b.env"],
    tailscale: { authKey: { env: "TS" } },
  });
  expect(parseSpec(input).secrets).toEqual(input.secrets);
  expect((await parse("--tailscale")).input.tailscale).toBe(true);
  expect((await parse()).input).toEqual({});
});

test("forks take them too", async () => {
  const line = ["fork", "web", "--secret=A=env:TOKEN", "--env-file=a.env"];
  const { input } = await parseCommandLine(line, Readable.from([]));
  expect(parseOptions(forkOptions, input)).toEqual({
    secrets: { A: { env: "TOKEN" } },
    envFile: [resolve("a.env")],
  });
});

test.each([
  "--secret=A=hunter2",
  "--secret=hunter2",
  "--secret=A=value:hunter2",
  "--secret=A=file:",
  "--tailscale-auth-key=tskey-hunter2",
])("the secret itself is refused, and not repeated: %s", async (flag) => {
  const error = await rejection(parse(flag));
  expect(error).toMatchObject({ code: "SPEC_INVALID" });
  expect(error.message).not.toContain("hunter2");
  expect(error.message).toContain("file:PATH");
});
