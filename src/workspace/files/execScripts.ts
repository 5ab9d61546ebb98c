/**
 * What runs in a running agent, in any POSIX shell, with the tools of coreutils or busybox. Paths are arguments, never
 * part of a script; they begin with a slash, so that none is taken for an option.
 */

const fail = `fail() { echo "agent-containers: $1" >&2; exit 1; }
`;

/** `ls` is asked for the reason alone: its output is thrown away. */
const there = `ls -d "$1" >/dev/null || exit 1
`;

const format = String.raw`%f\0%y\0%Y\0%s\0%m\0%T@\0%l\0`;

/**
 * `find -printf` gives everything in one process. Busybox has none: then come, each ended by an empty name, the paths
 * and the symlinks with their targets, and after them what `stat` says of each path. See `readListing`.
 */
const entries = String.raw`
names() { for one do if [ -e "$one" ] || [ -L "$one" ]; then printf '%s\0' "$one"; fi; done; }
described() {
  printf 'B\0'
  names "$@"
  printf '\0'
  for one do
    if [ -L "$one" ]; then
      printf '%s\0' "$one"
      readlink "$one"
      if [ -d "$one" ]; then printf 'd\0'; elif [ -f "$one" ]; then printf 'f\0'; else printf 'N\0'; fi
    fi
  done
  printf '\0'
  names "$@" | xargs -0 -r stat -c '%f %s %Y %n' 2>/dev/null
}
gnu() { find / -maxdepth 0 -printf '' 2>/dev/null; }
`;

export const listScript = `${fail}${there}${entries}
[ -d "$1" ] || fail "Not a directory"
{ [ -r "$1" ] && [ -x "$1" ]; } || fail "Permission denied"
if gnu; then printf 'G\\0'; find -H "$1" -mindepth 1 -maxdepth 1 -printf '${format}' 2>/dev/null
else
  d=$1; [ "$d" = / ] && d=
  described "$d"/* "$d"/.[!.]* "$d"/..?*
fi
# What vanished meanwhile is not in the folder.
exit 0
`;

/** $2: 1 follows a symlink. */
export const statScript = `${fail}${there}${entries}
if [ "$2" = 1 ] && [ -L "$1" ]; then
  real=$(readlink -f "$1" && echo /) && set -- "\${real%??}"
  ls -d "$1" >/dev/null || exit 1
fi
if gnu; then printf 'G\\0'; find "$1" -maxdepth 0 -printf '${format}'; else described "$1"; fi
`;

export const readScript = `${fail}
[ -d "$1" ] && fail "Is a directory"
# A pipe would wait for ever, and some devices never end.
[ -e "$1" ] && [ ! -f "$1" ] && fail "Not a regular file"
exec cat "$1"
`;

/**
 * $2: the name of a temporary file, $3: the size, $4: the mode of a new file or nothing, $5, $6: 1 for parents and for
 * overwrite. The content goes beside the file and takes its place only when all of it has come: a connection that
 * breaks is an end of input here. Where that would change more than the content (owner, hard links, a mounted file, a
 * folder that cannot be written) the file itself is written.
 */
export const writeScript = `${fail}
t=$1 size=$3 mode=$4
if [ "$5" = 1 ]; then mkdir -p "\${t%/*}/" || exit 1; fi
if [ -L "$t" ]; then real=$(readlink -f "$t" && echo /) || fail "No such file or directory"; t=\${real%??}; fi
dir=\${t%/*}/
tmp=$dir$2
whole() { [ "$(stat -c %s "$1")" = "$size" ] || fail "cut short"; }
[ -d "$t" ] && fail "Is a directory"
if [ -e "$t" ]; then
  [ "$6" = 1 ] || fail "File exists"
  [ -f "$t" ] || fail "Not a regular file"
  if [ ! -w "$t" ]; then cat /dev/null >>"$t" || exit 1; fail "Permission denied"; fi
  # A file of the kernel's has neither neighbours nor a size.
  case $t in /proc/* | /sys/*) cat >"$t" || exit 1; exit 0 ;; esac
  if [ ! -w "$dir" ]; then cat >"$t" || exit 1; whole "$t"; exit 0; fi
  set -- $(stat -c '%a %u %g %h' "$t")
else
  ls -d "$dir" >/dev/null || exit 1
  set --
fi
trap 'rm -f "$tmp"' EXIT
trap 'exit 143' TERM INT HUP
cat >"$tmp" || exit 1
whole "$tmp"
if [ $# = 4 ]; then
  if [ "$4" = 1 ] && chown "$2:$3" "$tmp" 2>/dev/null && chmod "$1" "$tmp" && mv -f "$tmp" "$t" 2>/dev/null
  then exit 0; fi
  cat "$tmp" >"$t" || exit 1
  whole "$t"
  exit 0
fi
if [ -n "$mode" ]; then chmod "$mode" "$tmp" || exit 1; fi
mv -f "$tmp" "$t"
`;

/** $2: 1 for recursive. */
export const removeScript = `${there}
if [ "$2" = 1 ]; then exec rm -rf "$1"; fi
if [ -d "$1" ] && [ ! -L "$1" ]; then exec rmdir "$1"; fi
exec rm -f "$1"
`;

/** $2: 1 for parents. */
export const makeDirectoryScript = `
if [ "$2" = 1 ]; then exec mkdir -p "$1"; fi
exec mkdir "$1"
`;

/** $2: the new path, $3: 1 for overwrite. What is in the way goes only where it is a file, a link or empty. */
const makeWay = `${fail}${there}
if [ -e "$2" ] || [ -L "$2" ]; then
  [ "$3" = 1 ] || fail "File exists"
  if [ -L "$2" ]; then rm -f "$2" || exit 1
  elif [ -d "$2" ]; then rmdir "$2" || exit 1
  elif [ -d "$1" ]; then rm -f "$2" || exit 1; fi
fi
`;
export const moveScript = `${makeWay}
exec mv -f "$1" "$2"
`;
export const copyScript = `${makeWay}
exec cp -a "$1" "$2"
`;

/** From inside the folder, so that a symlink to it is followed and no name can be an option. */
export const readTreeScript = `${there}
exec tar -c -f - -C "$1" .
`;

/** The files that are named, below / as in the archive. What is not there is left out. */
export const readFilesScript = `
cd / && exec tar -c -f - "$@"
`;

/** A stream that breaks is an error of tar: it misses the end of the archive. */
export const writeTreeScript = `
mkdir -p "$1" || exit 1
exec tar -x -p -f - -C "$1"
`;
