import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkBuild } from "../../../src/agents/buildBase.js";
import { pullAgent } from "../../../src/agents/changes/pull.js";
import { pushToAgent } from "../../../src/agents/changes/push.js";
import { findSource, requireSource } from "../../../src/agents/changes/sourceRepository.js";
import { checkGivenWorkspace } from "../../../src/agents/givenWorkspace.js";
import { labelKeys } from "../../../src/model/labels.js";
import { parseSpec } from "../../../src/model/spec.js";
import type { ContainerFacts } from "../../../src/ports/engine.js";
import { createFakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ac-trust-"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });
  git("init", "-q", "-b", "main");
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\n");
  git("add", "-A");
  git("-c", "user.name=T", "-c", "user.email=t@localhost", "commit", "-qm", "first");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const contextOf = (trusted: boolean) => {
  const engine = createFakeEngine();
  return { engine, context: agentContext(engine, folder, { isTrusted: () => trusted }) };
};
/** An agent that was made from the folder. */
const factsOf = (status: ContainerFacts["status"]) => {
  const spec = JSON.stringify({ workspace: { mode: "clone", source: folder } });
  return { id: "c1", name: "fixer", status, labels: { [labelKeys.spec]: spec } } as unknown as ContainerFacts;
};
const refused = { code: "WORKSPACE_UNTRUSTED", remedy: expect.stringContaining("Trust") as string };
const specOf = (mode: "clone" | "auto" | "copy") => parseSpec({ workspace: { mode, source: folder } });
const work = { onProgress: () => undefined };

it("does not look at the repository here, which is no answer to a question about an agent", async () => {
  const facts = factsOf("running");
  expect((await findSource(contextOf(true).context, facts))?.root).toBeTruthy();
  expect(await findSource(contextOf(false).context, facts)).toBeUndefined();
  await expect(findSource(contextOf(false).context, facts, folder)).rejects.toMatchObject(refused);
  await expect(requireSource(contextOf(false).context, facts)).rejects.toMatchObject(refused);
});

it("neither fetches, applies, copies nor pushes, and asks no engine", async () => {
  const { context, engine } = contextOf(false);
  const facts = factsOf("running");
  const common = { merge: false, overwrite: false };
  for (const mode of ["fetch", "apply", "files"] as const) {
    const request = { ...common, mode, ...(mode === "files" && { paths: ["x"] }) };
    await expect(pullAgent(context, facts, request, work)).rejects.toMatchObject(refused);
  }
  await expect(pushToAgent(context, facts, { merge: false }, work)).rejects.toMatchObject(refused);
  expect(engine.requests).toEqual([]);
});

it.each(["clone", "auto"] as const)("makes no agent from a repository (%s)", async (mode) => {
  await expect(checkGivenWorkspace(contextOf(false).context, specOf(mode))).rejects.toMatchObject(refused);
  const given = await checkGivenWorkspace(contextOf(true).context, specOf(mode));
  expect(given.workspace.mode).toBe("clone");
});

it("copies what a program asks for, without git", async () => {
  const given = await checkGivenWorkspace(contextOf(false).context, specOf("copy"));
  expect(given.workspace.mode).toBe("copy");
});

it("builds nothing from a Dockerfile", async () => {
  const dockerfile = { path: join(folder, "Dockerfile"), args: [] };
  await expect(checkBuild(contextOf(false).context, dockerfile)).rejects.toMatchObject(refused);
  expect((await checkBuild(contextOf(true).context, dockerfile)).source.path).toContain("Dockerfile");
});
