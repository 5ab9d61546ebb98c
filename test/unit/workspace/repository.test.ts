import { appendFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nullLogger } from "../../../src/util/log.js";
import { GitFailure } from "../../../src/workspace/git.js";
import { checkCloneSource, cloneByDefault, repositoryError } from "../../../src/workspace/repository.js";
import { withoutCredentials } from "../../../src/workspace/remoteUrl.js";
import { parseSettings, renderCloneConfig } from "../../../src/workspace/cloneConfig.js";
import { rejection } from "../../support/collect.js";
import { makeGitFolder, plainGitEnv, type GitFolder } from "../../support/gitRepository.js";

let folder: GitFolder;
const options = { env: plainGitEnv, homeDir: "/nowhere", log: nullLogger };

beforeEach(async () => {
  folder = await makeGitFolder();
});
afterEach(() => folder.dispose());

async function commit(path = "a.txt"): Promise<void> {
  await folder.write(path, "one\n");
  await folder.git("add", "--all");
  await folder.git("commit", "-q", "-m", "first");
}

/** Why a folder cannot be cloned; it is copied then when nothing is said. */
async function refusal(path: string): Promise<string> {
  const error = await rejection(checkCloneSource(path, options));
  expect(error).toMatchObject({ code: "WORKSPACE_INVALID" });
  expect(await cloneByDefault(path, options)).toBeUndefined();
  return error instanceof Error ? error.message : "";
}

it("takes the whole repository for a folder in it that git knows", async () => {
  await commit("packages/web app/a.txt");
  const found = await checkCloneSource(join(folder.root, "packages/web app"), options);
  expect(found).toMatchObject({ root: folder.root, subfolder: "packages/web app" });
  expect(await cloneByDefault(folder.root, options)).toMatchObject({ root: folder.root, subfolder: "" });
});

it("refuses a folder that the repository around it knows nothing of", async () => {
  await commit();
  await folder.write("project/main.c", "");
  expect(await refusal(join(folder.root, "project"))).toContain("has no file of it");
});

it("refuses what has no commit, no files, or no repository", async () => {
  expect(await refusal(folder.root)).toContain("no commit");
  expect(await refusal(folder.base)).toContain("is not in a git repository");
  await folder.gitIn(folder.base, "init", "-q", "--bare", "bare");
  expect(await refusal(join(folder.base, "bare"))).toContain("a bare repository");
  await commit();
  expect(await refusal(join(folder.root, ".git"))).toContain(".git folder");
});

it("refuses broken ones with git's words", async () => {
  await commit();
  const objects = join(folder.root, ".git/objects");
  for (const name of await readdir(objects))
    if (name.length === 2) await rm(join(objects, name), { recursive: true });
  expect(await refusal(folder.root)).toContain("git cannot read the repository");
  const linked = join(folder.base, "linked");
  await mkdir(linked);
  await writeFile(join(linked, ".git"), "gitdir: /nowhere/at/all\n");
  expect(await refusal(linked)).toContain("/nowhere/at/all");
  await appendFile(join(folder.root, ".git/config"), "[broken\n");
  expect(await refusal(folder.root)).toContain("git cannot read the repository");
});

it("refuses without a git, and says what is wrong with the folder first", async () => {
  await commit();
  const without = { ...options, env: { PATH: folder.base } };
  expect(await rejection(checkCloneSource(folder.root, without))).toMatchObject({
    code: "WORKSPACE_INVALID",
    field: "workspace.mode",
  });
  expect(await cloneByDefault(folder.root, without)).toBeUndefined();
  const missing = join(folder.base, "missing");
  expect(await rejection(cloneByDefault(missing, options))).toMatchObject({ code: "WORKSPACE_INVALID" });
});

it.each([
  ["fatal: detected dubious ownership in repository at '/x'", /belongs to somebody else/, /safe.directory/],
  [
    'error: open("k"): Permission denied\nfatal: Unable to process path k',
    /Unable to process path k/,
    /agentignore/,
  ],
  ["fatal: bad object HEAD", /bad object HEAD/, /git fsck/],
])("says what can be done about %j", (stderr, sentence, remedy) => {
  const error = repositoryError("/x", new GitFailure(128, stderr));
  expect(error).toMatchObject({
    code: "WORKSPACE_INVALID",
    message: expect.stringMatching(sentence) as string,
    remedy: expect.stringMatching(remedy) as string,
  });
});

it("stops when it is told to", async () => {
  await commit();
  const signal = AbortSignal.abort(new Error("enough"));
  expect(await rejection(cloneByDefault(folder.root, { ...options, signal }))).toMatchObject({
    message: "enough",
  });
});

it("is not led elsewhere by the variables of a hook", async () => {
  await commit();
  const env = { ...plainGitEnv, GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere" };
  expect(await checkCloneSource(folder.root, { ...options, env })).toHaveProperty("root", folder.root);
});

it.each([
  ["https://example.org/a.git", "https://example.org/a.git"],
  ["https://token@example.org/a.git", "https://example.org/a.git"],
  ["https://u:p@w@example.org:8443/a.git?private_token=x#y", "https://example.org:8443/a.git"],
  ["HTTP://u:p@example.org", "HTTP://example.org"],
  ["ssh://git@example.org/a", "ssh://git@example.org/a"],
  ["ssh://git:pw@example.org:22/a", "ssh://git@example.org:22/a"],
  ["ftp://u:p@example.org/a", "ftp://u@example.org/a"],
  ["git@example.org:a/b.git", "git@example.org:a/b.git"],
  ["/srv/a@b.git", "/srv/a@b.git"],
  ["file:///srv/a", "file:///srv/a"],
  ["ext::sh -c evil", undefined],
  ["fd::7", undefined],
])("%s becomes %s", (url, safe) => {
  expect(withoutCredentials(url)).toBe(safe);
});

it("writes a config that git reads as it was meant, whatever is in it", async () => {
  const values = ['quo"te', "back\\slash", "tab\there", "new\nline", " spaces ", "# no comment ; none", "ü"];
  for (const [index, value] of values.entries()) {
    const text = renderCloneConfig(
      parseSettings(`user.name\n${value}\0branch.a"b\\c.${index}.merge\n${value}\0`),
    );
    await writeFile(join(folder.base, "config"), text);
    const read = (name: string) => folder.gitIn(folder.base, "config", "-f", "config", "-z", "--get", name);
    expect(await read("user.name")).toBe(`${value}\0`);
    expect(await read(`branch.a"b\\c.${index}.merge`)).toBe(`${value}\0`);
  }
});
