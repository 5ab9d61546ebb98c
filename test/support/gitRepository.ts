import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A folder of the test's own with a git in it that heeds no setting of the machine. */
export interface GitFolder {
  /** For everything: removed at the end. */
  base: string;
  /** The repository's work tree. */
  root: string;
  /** Runs git in the repository, or in another folder; gives stdout. */
  git: (...args: string[]) => Promise<string>;
  gitIn: (folder: string, ...args: string[]) => Promise<string>;
  /** Writes a file, making its folders. */
  write: (path: string, content: string | Buffer, mode?: number) => Promise<void>;
  dispose: () => Promise<void>;
}

/** The environment of a git that heeds only the repository's own settings. */
export const plainGitEnv = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_DATE: "2024-01-02T03:04:05Z",
  GIT_COMMITTER_DATE: "2024-01-02T03:04:05Z",
};

/** A repository without a commit, on the branch `main`, with a user of its own. */
export async function makeGitFolder(): Promise<GitFolder> {
  const base = await mkdtemp(join(tmpdir(), "ac-git-"));
  const root = join(base, "shop");
  await mkdir(root);
  const gitIn = async (folder: string, ...args: string[]) => {
    const always = ["-c", "protocol.file.allow=always", ...args];
    const { stdout } = await execute("git", always, { cwd: folder, env: plainGitEnv, maxBuffer: 2 ** 26 });
    return stdout;
  };
  const folder: GitFolder = {
    base,
    root,
    gitIn,
    git: (...args) => gitIn(root, ...args),
    async write(path, content, mode) {
      const full = join(root, path);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, content);
      if (mode !== undefined) await chmod(full, mode);
    },
    dispose: () => rm(base, { recursive: true, force: true }),
  };
  await folder.git("init", "-q", "-b", "main");
  await folder.git("config", "user.name", "Ünë Üser");
  await folder.git("config", "user.email", "user@example.org");
  return folder;
}

/** Names that break what is careless about them. */
export const oddNames = [
  "with space.txt",
  "ünïcode-日本-🙂.txt",
  "quo'te\"$(x)`.txt",
  "new\nline.txt",
  "back\\slash.txt",
  "-dash.txt",
  " lead and trail ",
  "#hash!.txt",
  "glob[*]?.txt",
];

/**
 * The repository of the first bar: 200 files and more on the branch `work`, two commits behind it, and everything
 * that can be uncommitted: staged, unstaged, both, untracked, ignored, deleted, removed, renamed; executables, links,
 * names of every kind, empty folders, a stash. Files have times of their own, some within one second.
 */
export async function fillRepository(folder: GitFolder): Promise<void> {
  const { git, root, write } = folder;
  await write(".gitignore", "*.log\nnode_modules/\n/dist\nsecret.env\n");
  for (let number = 0; number < 190; number += 1) {
    await write(
      `src/part${number % 7}/file${number}.ts`,
      `export const n = ${number};\n`.repeat(number % 13 || 1),
    );
  }
  for (const name of oddNames) await write(`odd/${name}`, `content of ${name}\n`);
  await write("bin/tool", "#!/bin/sh\necho tool\n", 0o755);
  await write("image.bin", Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256)));
  await write("kept.log", "tracked though ignored\n");
  await symlink("../bin/tool", join(root, "src", "tool-link"));
  await symlink("/nowhere/at all", join(root, "broken link"));
  await git("add", "--all");
  await git("add", "--force", "kept.log");
  await git("commit", "-q", "-m", "first");
  await git("tag", "-a", "v1", "-m", "one");
  await git("checkout", "-q", "-b", "work");
  await write("src/part0/file0.ts", "export const n = 'second';\n");
  await git("commit", "-q", "-a", "-m", "second");
  await write("src/part1/file1.ts", "stashed\n");
  await git("stash", "-q");

  await write("src/part2/file2.ts", "staged\n");
  await write("new staged.ts", "staged and new\n");
  await git("add", "--all");
  await git("mv", "src/part3/file3.ts", "src/part3/renamed file.ts");
  await git("rm", "-q", "src/part4/file4.ts");
  await git("rm", "-q", "--cached", "src/part5/file5.ts");
  await write("src/part2/file2.ts", "staged, then changed\n");
  await write("src/part6/file6.ts", "unstaged\n");
  await rm(join(root, "src/part0/file7.ts"));
  await chmod(join(root, "src/part1/file8.ts"), 0o755);
  await write("intended.ts", "intent to add\n");
  await git("add", "--intent-to-add", "intended.ts");
  await rename(join(root, "odd/with space.txt"), join(root, "odd/moved by hand.txt"));
  await write("untracked/deep/ünï file.md", "untracked\n", 0o640);
  await write("untracked/script.sh", "#!/bin/sh\n", 0o755);
  await symlink("script.sh", join(root, "untracked/link"));
  await mkdir(join(root, "empty/nested"), { recursive: true });
  await write("debug.log", "ignored\n");
  await write("untracked/inner.log", "ignored beside untracked\n");
  await write("node_modules/dep/index.js", "ignored\n");
  await write("dist/out.js", "ignored\n");
  await write("secret.env", "TOKEN=1\n");

  const listed = (await git("ls-files", "-z", "src/part1", "src/part3"))
    .split("\0")
    .filter((path) => path !== "");
  const start = 1_600_000_000;
  await Promise.all(
    listed.map((path, index) => {
      // Later in the list is older, three to a second.
      const time = start - Math.floor(index / 3) - (index % 3) / 4;
      return utimes(join(root, path), time, time);
    }),
  );
}
