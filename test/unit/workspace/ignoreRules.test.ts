import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderEntries } from "../../../src/workspace/copyWorkspace.js";
import { nullLogger } from "../../../src/util/log.js";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ac-ignore-"));
});
afterEach(async () => rm(root, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** The files that a copy of `root` takes, rules files left out of the answer. */
async function copied(): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of folderEntries(root, { target: "/", uid: 0, gid: 0, log: nullLogger })) {
    if (entry.type === "file" && !entry.path.endsWith("ignore")) paths.push(entry.path);
  }
  return paths;
}

function git(...args: string[]): string {
  // The user's own global rules are not ours to honour.
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  return execFileSync("git", ["-C", root, ...args], { env, encoding: "utf8" });
}

const tricky = {
  ".gitignore": "*.log\n/build/\nnode_modules\n!keep.log\ndoc/*.txt\n# comment\n\\#odd\ntrail \nout/**/x\n",
  "a.log": "",
  "keep.log": "",
  "#odd": "",
  trail: "",
  "build/x": "",
  "sub/build/x": "",
  "sub/node_modules/p/i.js": "",
  "doc/a.txt": "",
  "doc/deep/a.txt": "",
  "out/a/b/x": "",
  "out/a/b/y": "",
  "sub/.gitignore": "/only.md\n!a.log\nlocal/\n*.tmp\n!**/deep/ok.tmp\n",
  "sub/a.log": "",
  "sub/only.md": "",
  "sub/in/only.md": "",
  "sub/in/b.log": "",
  "sub/local/x": "",
  "sub/x.tmp": "",
  "sub/deep/ok.tmp": "",
  "local/x": "",
  "we[i]rd #1/.gitignore": "secret\n/top\n",
  "we[i]rd #1/secret": "",
  "we[i]rd #1/top": "",
  "we[i]rd #1/in/top": "",
  "weird #1/secret": "",
};

describe("ignore rules", () => {
  it("take the very files that git itself takes", async () => {
    await write(tricky);
    git("init", "-q");
    const theirs = git("ls-files", "-z", "-o", "--exclude-standard").split("\0").filter(Boolean);
    const ours = (await copied()).filter((path) => !path.startsWith(".git/"));
    expect(ours.sort()).toEqual(theirs.filter((path) => !path.endsWith("ignore")).sort());
    expect(ours).toContain("sub/a.log");
    expect(ours).not.toContain("a.log");
  });

  it("hold without a repository too", async () => {
    await write({ ".gitignore": "dist\n", "dist/x": "", "src/x": "", "src/.gitignore": "y\n", "src/y": "" });
    expect(await copied()).toEqual(["src/x"]);
  });

  it("keep the whole of .git, whatever they say, and honour its exclude file", async () => {
    await write({ ".gitignore": "*\n!.gitignore\n", "x.log": "", "sub/.git": "gitdir: elsewhere" });
    git("init", "-q");
    await write({ ".git/logs/a.log": "", ".git/info/exclude": "private\n", private: "" });
    const paths = await copied();
    expect(paths).toContain(".git/HEAD");
    expect(paths).toContain(".git/logs/a.log");
    expect(paths).not.toContain("x.log");
    expect(paths).not.toContain("private");
  });

  it("keep what git tracks though it is ignored", async () => {
    await write({ "gen/deep/tracked": "", "gen/other": "", "kept.log": "" });
    git("init", "-q");
    git("add", "gen/deep/tracked", "kept.log");
    await write({ ".gitignore": "gen/\n*.log\n", "new.log": "" });
    const paths = (await copied()).filter((path) => !path.startsWith(".git/"));
    expect(paths).toEqual(["gen/deep/tracked", "kept.log"]);
  });

  it("let .agentignore have the last word, both ways", async () => {
    await write({
      ".gitignore": ".env\ncache/\n",
      ".agentignore": "secrets/\n!.env\n!cache/\n.git\n",
      ".env": "",
      "cache/a": "",
      "cache/b.log": "",
      "secrets/key": "",
      x: "",
    });
    git("init", "-q");
    git("add", "secrets/key");
    expect(await copied()).toEqual([".env", "cache/a", "cache/b.log", "x"]);
  });

  it("run nothing that the folder's configuration names", async () => {
    await write({ x: "" });
    git("init", "-q");
    git("add", "x");
    git("config", "core.fsmonitor", `touch '${join(root, "ran")}'; false`);
    expect(await copied()).not.toContain("ran");
  });
});
