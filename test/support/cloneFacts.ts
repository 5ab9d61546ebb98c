import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { plainGitEnv } from "./gitRepository.js";

const execute = promisify(execFile);

/** Runs a shell script with the folder as `$1`. */
export type RunScript = (script: string, folder: string) => Promise<string>;

/** Questions whose answers have to be the same before and after: each a script that is run in the repository. */
const questions = {
  status: "git status --porcelain=v2 --branch -z",
  // The first one must be right without reading files again; the second one has.
  statusAgain: "git status --porcelain=v2 --branch --untracked-files=all -z",
  unstaged: "git diff --binary",
  staged: "git diff --cached --binary -M",
  index: "git ls-files --stage --debug -v -z | tr '\\0' '\\n' | grep -v -e '^  ' || :",
  head: "git symbolic-ref -q HEAD || git rev-parse HEAD",
  refs: "git for-each-ref --format='%(objectname) %(refname) %(symref)' | grep -v refs/agent-containers/ || :",
  history: "git log --branches --tags --remotes HEAD --format='%H %T %an %ae %s' --date-order",
  stash: "git stash list --format='%gs %H'",
  ignored: "git check-ignore -v --no-index node_modules/x a.log || :",
  complete:
    "git fsck --full --strict --no-dangling --no-progress 2>&1 | grep -v -e '^notice' -e '^dangling' || :",
};

/** Kind, mode, size, target, name, time; then hashes. What git ignores is left out by `prune`. */
const listing = (ignored: string) => `
find . -mindepth 1 \\( -name .git -o ${ignored} \\) -prune -o \\( -type f -printf '%y %m %s %p %TY-%Tm-%Td %TT\\0' -o -printf '%y %m %l %p %TY-%Tm-%Td %TT\\0' \\) | LC_ALL=C sort -z | tr '\\0\\n' '\\n?'
find . \\( -name .git -o ${ignored} \\) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -z | tr '\\0\\n' '\\n?'`;

const onThisMachine: RunScript = async (script, folder) => {
  const { stdout } = await execute("sh", ["-c", `export TZ=UTC; cd "$1" && { ${script}\n}`, "sh", folder], {
    env: plainGitEnv,
    maxBuffer: 2 ** 26,
  });
  return stdout;
};

/** What is ignored in `fillRepository`, in the words of find(1). */
const usuallyIgnored =
  "-name node_modules -o -path ./dist -o -name debug.log -o -name inner.log -o -name secret.env";

/** Everything that a clone keeps, as texts to compare. `run`: where the folder is; this machine by default. */
export async function cloneFacts(
  folder: string,
  run: RunScript = onThisMachine,
  ignored = usuallyIgnored,
): Promise<Record<string, readonly string[]>> {
  const facts: Record<string, readonly string[]> = {};
  for (const [name, script] of Object.entries({ files: listing(ignored), ...questions })) {
    facts[name] = (await run(script, folder)).split(/[\n\0]/);
  }
  return facts;
}
