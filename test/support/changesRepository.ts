import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A git repository of a test's own, with names and kinds of files that are easily got wrong. */
export interface ChangesRepository {
  root: string;
  git: (...args: string[]) => string;
  write: (path: string, content: string | Buffer) => void;
  read(path: string): string;
  /** Everything that somebody could lose: files with contents and modes, index, HEAD and the user's refs. */
  picture(): Record<string, string>;
  dispose(): void;
}

export const nasty = {
  space: "with space.txt",
  unicode: "ünï/日本-🙂.txt",
  quote: "quo'te\"$(x)\n.txt",
  dash: "-dash.txt",
};

/** The user's own files: nothing of it may change what a test sees. */
const environment = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@localhost",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@localhost",
};

export function openRepository(root: string): ChangesRepository {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "core.quotePath=false", ...args], {
      cwd: root,
      env: environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    root,
    git,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    picture() {
      const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
        (name) => !/^\.git(\/|$)/.test(name),
      );
      const shown = files.map((name): [string, string] => {
        const stat = lstatSync(join(root, name));
        const content = stat.isSymbolicLink()
          ? readlinkSync(join(root, name))
          : stat.isFile()
            ? readFileSync(join(root, name), "latin1")
            : "";
        return [name, `${stat.mode.toString(8)} ${content}`];
      });
      return Object.fromEntries([
        ...shown,
        ["index", git("ls-files", "-s")],
        ["HEAD", git("rev-parse", "HEAD") + readFileSync(join(root, ".git", "HEAD"), "utf8")],
        ["refs", git("for-each-ref", "refs/heads", "refs/tags", "refs/remotes")],
      ]);
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Made with two commits; the work tree is clean. */
export function makeRepository(): ChangesRepository {
  const repository = openRepository(mkdtempSync(join(tmpdir(), "ac-changes-")));
  const { root, git, write } = repository;
  git("init", "-q", "-b", "main");
  write("a.txt", "one\ntwo\nthree\nfour\nfive\n");
  write("b.txt", "b\n");
  write("old.txt", "a file that is long enough\nto be known again\nunder its new name\n");
  write("gone.txt", "will be deleted\n");
  write("tool.sh", "#!/bin/sh\n");
  write("bytes.bin", Buffer.from([0, 1, 2, 255, 10, 13]));
  for (const name of Object.values(nasty)) write(name, "nasty\n");
  write(".gitignore", "*.ignored\n");
  symlinkSync("a.txt", join(root, "link"));
  git("add", "-A");
  git("commit", "-qm", "first");
  write("b.txt", "b\nbb\n");
  git("commit", "-qam", "second");
  return repository;
}

/** What a busy agent does: one commit, then everything else uncommitted, staged, and untracked. */
export function workHard(repository: ChangesRepository): void {
  const { root, git, write } = repository;
  write("a.txt", "ONE\ntwo\nthree\nfour\nfive\n");
  git("commit", "-qam", "agent's commit");
  git("mv", "old.txt", "new.txt");
  write("gone.txt", "");
  rmSync(join(root, "gone.txt"));
  chmodSync(join(root, "tool.sh"), 0o755);
  write("bytes.bin", Buffer.from([0, 9, 9, 9, 0]));
  rmSync(join(root, "link"));
  symlinkSync("b.txt", join(root, "link"));
  for (const name of Object.values(nasty)) write(name, "changed\n");
  write("untracked/ünï new.txt", "new\n");
  write("build.ignored", "not work\n");
}
