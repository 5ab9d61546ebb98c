#!/bin/sh
# Tailscale in an agent. POSIX sh.
#
#   tailscale serve     as root, for the life of the container: keeps tailscaled up, where the image has one
#   tailscale join      as root: joins the network with the key in /run/secrets, and takes the key away
#
# The login is kept on the agent's volume, so that a key is needed only once. Exit codes of join: 10 there is no
# tailscale in the image, 11 tailscaled does not answer, 12 the login failed.
set -u

own=/mngr-state/tailscale
key=/run/secrets/.tailscale-authkey
socket=/var/run/tailscale/tailscaled.sock
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin

say() { echo "agent-containers: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

serve() {
  has tailscaled || {
    say "tailscaled is not started: there is none in this image"
    return
  }
  mkdir -p "${socket%/*}" "$own/state"
  # That of an earlier start answers nobody.
  rm -f "$socket"
  chmod 0700 "$own/state"
  child=
  trap 'trap "" TERM; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null; exit 0' TERM
  while :; do
    # Its log is long, and names peers.
    tailscaled --statedir="$own/state" --socket="$socket" >"$own/state/log" 2>&1 &
    child=$!
    wait "$child"
    code=$?
    child=
    say "tailscaled ended unexpectedly (exit code $code); starting it again in 5 s"
    sleep 5 &
    wait $!
  done
}

join() {
  has tailscale && has tailscaled || exit 10
  waited=0
  until [ -e "$socket" ]; do
    waited=$((waited + 1))
    [ "$waited" -lt 200 ] || {
      tail -n 20 "$own/state/log" >&2
      exit 11
    }
    sleep 0.05 2>/dev/null || sleep 1
  done
  set --
  while IFS= read -r argument; do
    set -- "$@" "$argument"
  done <"$own/arguments"
  tailscale --socket="$socket" up --authkey="file:$key" --timeout=60s "$@" || {
    rm -f "$key"
    exit 12
  }
  rm -f "$key"
}

case $1 in
  serve) serve ;;
  join) join ;;
  *) exit 2 ;;
esac
