#!/bin/sh
# The secrets of an agent, which are in a tmpfs and nowhere else. POSIX sh.
#
#   secrets receive            as root: takes a tar archive from stdin to /run/secrets
#   secrets check              0 when they are there
#   secrets run COMMAND...     waits for them, then runs COMMAND with them in its environment
#   secrets exec COMMAND...    the same without waiting
#
# Nothing in here takes a secret as an argument: arguments are seen by everybody.
set -u

folder=/run/secrets
state=/mngr-state
lib=/usr/local/lib/agent-containers

say() { echo "agent-containers: $*" >&2; }

# Anything else would be kept in the container's layer, and be in every commit.
is_tmpfs() {
  while read -r _ place kind _; do
    [ "$place" != "$folder" ] || [ "$kind" != tmpfs ] || return 0
  done </proc/mounts
  return 1
}

# sshd reads it anew for each session.
link_environment() {
  link=$home/.ssh/environment
  if [ "$(readlink "$link")" = "$folder/.environment" ]; then
    return
  elif [ -e "$link" ]; then
    say "SSH sessions do not get the secrets as variables: there is another $link"
    return
  fi
  [ -d "$home/.ssh" ] || { mkdir "$home/.ssh" && chmod 0700 "$home/.ssh" && chown "$uid:$gid" "$home/.ssh"; }
  ln -sfn "$folder/.environment" "$link" ||
    say "SSH sessions do not get the secrets as variables: $link could not be made"
}

receive() {
  user=root uid=0 gid=0 home=/root
  [ ! -f "$lib/facts" ] || . "$lib/facts"
  if ! is_tmpfs; then
    echo "$folder is not a tmpfs" >&2
    exit 3
  fi
  umask 077
  incoming=$(mktemp -d "$folder/.incoming.XXXXXX") || exit 1
  trap 'rm -rf "$incoming"' EXIT
  tar -xpf - -C "$incoming" || exit 1
  link_environment
  set --
  for file in "$incoming"/* "$incoming/.environment" "$incoming/.tailscale-authkey" "$incoming/.ready"; do
    [ ! -f "$file" ] || set -- "$@" "$file"
  done
  chmod 0400 "$@" && chown "$uid:$gid" "$@" || exit 1
  [ ! -f "$incoming/.tailscale-authkey" ] || chown 0:0 "$incoming/.tailscale-authkey" || exit 1
  # Each takes its place in one step, and .ready comes last.
  mv -f "$@" "$folder/" || exit 1
}

# A line is NAME=value, and means nothing else: neither quotes nor variables.
load() {
  [ -r "$folder/.environment" ] || return 0
  while IFS= read -r line; do
    export "$line"
  done <"$folder/.environment"
}

wait_for_them() {
  waited=0
  while [ ! -e "$folder/.ready" ]; do
    # Some 3 s in small steps: whoever has them delivers at once.
    if [ "$waited" -lt 60 ]; then
      sleep 0.05 2>/dev/null || sleep 1
    else
      sleep 1
    fi
    waited=$((waited + 1))
    [ "$waited" -ne 60 ] || {
      names=$(tr '\n' ' ' <"$state/secrets")
      say "the command waits for its secrets (${names% }): start the agent with Agent Containers on the machine that created it, or open VS Code there"
    }
  done
}

verb=$1
shift
case $verb in
  receive) receive ;;
  check) [ -e "$folder/.ready" ] ;;
  run | exec)
    [ "$verb" = exec ] || wait_for_them
    load
    exec "$@"
    ;;
  *) exit 2 ;;
esac
