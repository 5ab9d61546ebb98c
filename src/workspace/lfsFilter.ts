// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: an empty file is its own pointer.
const pointer = `t=$(mktemp) && trap 'rm -f "$t"' EXIT && cat >"$t" && \
if [ ! -s "$t" ] || head -c 42 "$t" | grep -q '^version https://git-lfs.github.com/spec/v1'; then cat "$t"; else \
o=$( (sha256sum || shasum -a 256) <"$t" 2>/dev/null | cut -c1-64) && KEEP\
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$o" $(wc -c <"$t"); fi`;

// Where git-lfs looks for what it pushes, so that work of the agent is whole.
const keep = `d="$(git rev-parse --git-dir)/lfs/objects/$(echo "$o" | cut -c1-2)/$(echo "$o" | cut -c3-4)" && \
mkdir -p "$d" && cp "$t" "$d/$o" && `;

const withLfs = (verb: string, otherwise: string) =>
  `if command -v git-lfs >/dev/null 2>&1; then git-lfs ${verb} -- %f; else ${otherwise}; fi`;

/** The clean filter of Git LFS in shell: a file's contents in, its pointer out. What is a pointer stays one. */
export const lfsPointer = pointer.replace("KEEP", "");

/**
 * The filter of Git LFS for a repository in an agent, where git-lfs may not be installed: with it as usual; without it
 * large files that are in the work tree stay unmodified, and changed ones become pointers, with their contents kept
 * where git-lfs finds them.
 */
export const lfsFilter = {
  clean: withLfs("clean", pointer.replace("KEEP", keep)),
  smudge: withLfs("smudge", "cat"),
};
