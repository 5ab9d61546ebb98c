import { join } from "node:path";
import { readdir, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { cloneFacts, type RunScript } from "../support/cloneFacts.js";
import { rejection } from "../support/collect.js";
import { fillRepository, makeGitFolder, type GitFolder } from "../support/gitRepository.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

let product: Product;
let folder: GitFolder;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.dispose());
beforeEach(async () => {
  folder = await makeGitFolder();
});
afterEach(() => folder.dispose());

/** Scripts in an agent, as its own user. */
const inside =
  (agent: Agent): RunScript =>
  async (script, path) => {
    const command = ["sh", "-c", `export TZ=UTC; cd "$1" && { ${script}\n}`, "sh", path];
    const { stdout, stderr, exitCode } = await product.core.exec(agent.id, { command });
    expect({ script, stderr, exitCode }).toEqual({ script, stderr: "", exitCode: 0 });
    return stdout;
  };

describe("a cloned workspace", () => {
  it("is the repository as it is here, and works as one for the agent's user", async () => {
    await fillRepository(folder);
    await folder.git("remote", "add", "origin", "https://me:S3CRET@example.org/shop.git");
    await folder.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n", 0o755);
    const agent = await product.core.create({
      name: product.name(),
      workspace: { mode: "auto", source: folder.root },
    });
    expect(agent.workspaceFolder).toBe("/app");
    const run = inside(agent);
    const facts = await cloneFacts("/app", run);
    expect(facts).toEqual(await cloneFacts(folder.root));
    expect(await run("find . ! -user agent -o ! -group agent", "/app")).toBe("");
    expect(await run("grep -rl S3CRET .git || ls .git/hooks", "/app")).toBe("");
    expect(await run("ls secret.env node_modules 2>&1 | grep -c 'No such'", "/app")).toBe("2\n");
    expect(await run("git rev-parse refs/agent-containers/base", "/app")).toBe(
      await folder.git("rev-parse", "HEAD"),
    );

    // From a login, without a word about whom the folder belongs to.
    const alias = agent.ssh?.alias ?? "";
    const { stdout, stderr } = await product.ssh(
      alias,
      "cd /app && echo more >>bin/tool && git commit -qam inside && git log -2 --format='%s %an <%ae>'" +
        // What changed since the start, untracked files included, is asked with an index beside the agent's own.
        " && cp .git/index /tmp/all && export GIT_INDEX_FILE=/tmp/all && git add -A && git diff --cached --stat refs/agent-containers/start",
    );
    expect(stderr).toBe("");
    expect(stdout).toBe(
      "inside Ünë Üser <user@example.org>\nsecond Ünë Üser <user@example.org>\n bin/tool | 1 +\n 1 file changed, 1 insertion(+)\n",
    );
  });

  it("of a folder inside comes with the whole repository, and opens there", async () => {
    await fillRepository(folder);
    const agent = await product.core.create({
      name: product.name(),
      workspace: { mode: "clone", source: join(folder.root, "src/part1"), target: "/work/shop" },
    });
    expect(agent.workspaceFolder).toBe("/work/shop/src/part1");
    const { stdout } = await product.core.exec(agent.id, {
      command: ["sh", "-c", "pwd; git rev-parse --show-cdup"],
    });
    expect(stdout).toBe("/work/shop/src/part1\n../../\n");
    expect((await product.core.open(agent.id, { check: false })).folder).toBe("/work/shop/src/part1");
    expect(await cloneFacts("/work/shop", inside(agent))).toEqual(await cloneFacts(folder.root));
  });

  it("of a detached work tree that borrows its objects, with a submodule, large files and a conflict, stands alone", async () => {
    await fillRepository(folder);
    const { base, gitIn } = folder;
    const who = ["-c", "user.name=t", "-c", "user.email=t@t"];
    await gitIn(base, "init", "-q", "-b", "main", "library");
    await writeFile(join(base, "library/lib.c"), "int x;\n");
    await gitIn(join(base, "library"), "add", "--all");
    await gitIn(join(base, "library"), ...who, "commit", "-q", "-m", "lib");
    await gitIn(base, "clone", "-q", "--shared", "shop", "borrowed");
    const tree = join(base, "linked");
    await gitIn(join(base, "borrowed"), "worktree", "add", "-q", "--detach", tree, "origin/main");
    // A filter of Git LFS that knows one file.
    await gitIn(
      tree,
      "config",
      "filter.lfs.clean",
      `sed 's/.*/version https:\\/\\/git-lfs.github.com\\/spec\\/v1/'`,
    );
    await writeFile(join(tree, ".gitattributes"), "*.big filter=lfs -text\n");
    await writeFile(join(tree, "one.big"), "large");
    await utimes(join(tree, "one.big"), 1_600_000_000, 1_600_000_000);
    await gitIn(tree, "submodule", "--quiet", "add", join(base, "library"), "vendor/lib");
    await gitIn(tree, "add", "--all");
    await gitIn(tree, ...who, "commit", "-q", "-m", "third");
    await writeFile(join(tree, "vendor/lib/lib.c"), "changed\n");
    await writeFile(join(tree, "src/part0/file0.ts"), "another second\n");
    await gitIn(tree, ...who, "commit", "-q", "-m", "fourth", "src/part0/file0.ts");
    await gitIn(tree, ...who, "merge", "-q", "origin/work").catch(() => undefined);

    const agent = await product.core.create({
      name: product.name(),
      workspace: { mode: "clone", source: tree },
    });
    const run = inside(agent);
    const facts = await cloneFacts("/app", run);
    expect(facts).toEqual(await cloneFacts(tree));
    expect(facts.status?.join("\n")).toMatch(/branch.head \(detached\)[^]*S\.M\.[^]*u UU/);
    expect(facts.status?.join("\n")).not.toContain("one.big");
    expect(await cloneFacts("/app/vendor/lib", run)).toEqual(await cloneFacts(join(tree, "vendor/lib")));
    expect(await run("cat one.big; find . -name alternates; test -d .git", "/app")).toBe("large");
  });

  it("is refused before anything is made", async () => {
    const { containers } = await engineThings(product.engine, product.prefix);
    const error = await rejection(
      product.core.create({ name: product.name(), workspace: { mode: "clone", source: folder.root } }),
    );
    expect(error).toMatchObject({ code: "WORKSPACE_INVALID", field: "workspace.source" });
    expect((await engineThings(product.engine, product.prefix)).containers).toEqual(containers);
  });

  it("that is cancelled half way leaves nothing, here and there", async () => {
    await fillRepository(folder);
    await writeFile(join(folder.root, "large"), "");
    await truncate(join(folder.root, "large"), 2 ** 28);
    const before = await engineThings(product.engine, product.prefix);
    // Others on this machine have some of their own.
    const scratch = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith("agent-containers-clone-"));
    const others = await scratch();
    const controller = new AbortController();
    const stages: string[] = [];
    const creating = product.core.create(
      { name: product.name(), workspace: { mode: "clone", source: folder.root } },
      {
        signal: controller.signal,
        onProgress: ({ stage, detail }) => {
          stages.push(stage);
          if (detail?.endsWith(" MB") && stage === "Cloning the workspace") controller.abort();
        },
      },
    );
    expect(await rejection(creating)).toMatchObject({ code: "CANCELLED" });
    expect(stages).toContain("Cloning the workspace");
    expect((await engineThings(product.engine, product.prefix)).containers).toEqual(before.containers);
    const left = async () => (await scratch()).filter((name) => !others.includes(name));
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });
});
