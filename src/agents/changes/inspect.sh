# What an agent's repository holds, in one go: see inspectAgent.ts. Nothing of the agent's is touched: the work tree is
# taken into an index of our own, and only objects are added. Arguments: a nonce that begins each section, the folder,
# and what is wanted (`risk` or `changes`). On stdin: commits that the other side has, one a line; after the id `here`
# where it may be what the agent started from, `fetched` where it came from an agent.
set -eu
nonce=$1 folder=$2 wanted=$3
# No repository is no error: nothing is said.
cd "$folder" 2>/dev/null || exit 0
[ -e .git ] || exit 0

git() {
  command git -c safe.directory="$folder" -c core.fsmonitor=false -c core.hooksPath=/dev/null \
    -c core.safecrlf=false -c advice.addEmbeddedRepo=false "$@"
}
section() { printf '\0%s:%s\0' "$nonce" "$1"; }
commit() { git rev-parse --verify --quiet "$1^{commit}" || :; }
tree() { git rev-parse --verify --quiet "$1^{tree}" || :; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/known"

head=$(commit HEAD)
section head
printf '%s\0%s' "$head" "$(git symbolic-ref --quiet --short HEAD || :)"

section have
git cat-file --batch-check='%(objecttype) %(objectname) %(rest)' <"$scratch/known" >"$scratch/checked"
sed -n 's/^commit \([0-9a-f]*\) .*/\1/p' "$scratch/checked" | tee "$scratch/have"
sed -n 's/^commit \([0-9a-f]*\) here$/\1/p' "$scratch/checked" >"$scratch/here"

base=$(commit refs/agent-containers/base)
start=$(commit refs/agent-containers/start)
if [ -z "$base" ] && [ -n "$head" ]; then
  if [ -s "$scratch/here" ]; then
    base=$(git rev-list "$head" | grep -F -x -m 1 -f "$scratch/here" || :)
    # It stays what it is when the other side takes the agent's commits in.
    [ -z "$base" ] || git update-ref refs/agent-containers/base "$base"
  fi
  [ -n "$base" ] || base=$(git merge-base "$head" '@{upstream}' 2>/dev/null || :)
  [ -n "$base" ] || base=$head
fi
empty=$(git hash-object -t tree /dev/null -w)
[ -n "$start" ] || start=$base
section base
printf '%s\0%s\0%s' "$base" "$start" "$empty"

section refs
git for-each-ref --format='%(refname)%00%(objectname)%00' refs/heads

section stashes
git reflog show --format=%H refs/stash -- 2>/dev/null || :

gitdir=$(git rev-parse --absolute-git-dir)
[ ! -e "$gitdir/index" ] || cp -p "$gitdir/index" "$scratch/index"
GIT_INDEX_FILE=$scratch/index git add -A
worktree=$(GIT_INDEX_FILE=$scratch/index git write-tree)
committed=$empty
[ -z "$head" ] || committed=$(tree HEAD)
uncommitted=
if [ "$worktree" != "$committed" ]; then
  at="0 +0000"
  [ -z "$head" ] || at=$(git show -s --format='%ct +0000' "$head")
  # The same contents give the same commit, so that fetching twice changes nothing.
  uncommitted=$(
    export GIT_AUTHOR_NAME="Agent Containers" GIT_AUTHOR_EMAIL=agent-containers@localhost GIT_AUTHOR_DATE="$at"
    export GIT_COMMITTER_NAME="Agent Containers" GIT_COMMITTER_EMAIL=agent-containers@localhost GIT_COMMITTER_DATE="$at"
    git commit-tree --no-gpg-sign "$worktree" ${head:+-p "$head"} -m "Uncommitted work"
  )
fi
section worktree
printf '%s\0%s' "$worktree" "$uncommitted"

section uncommitted
git diff-tree -r -z --raw --no-abbrev --no-renames "$committed" "$worktree"

began=$empty
[ -z "$start" ] || began=$(tree "$start")
if [ "$wanted" = risk ]; then
  section since
  git diff-tree -r -z --raw --no-abbrev --no-renames "$began" "$worktree"
  section unpushed
  {
    [ -z "$head" ] || echo "$head"
    git for-each-ref --format='%(objectname)' refs/heads
  } >"$scratch/tips"
  {
    cat "$scratch/tips"
    git for-each-ref --format='^%(objectname)' refs/remotes refs/agent-containers
    sed 's/^/^/' "$scratch/have"
  } >"$scratch/range"
  [ ! -s "$scratch/tips" ] || git rev-list --max-count=1000 --stdin <"$scratch/range"
else
  section files
  git diff-tree -r -z --raw --no-abbrev -M "$began" "$worktree"
  section lines
  git diff-tree -r -z --numstat -M --no-ext-diff --no-textconv "$began" "$worktree"
  section commits
  [ -z "$head" ] || git log -z --max-count=1000 --format='%H%x00%an%x00%aI%x00%s' "$head" ${base:+"^$base"}
fi
section end
