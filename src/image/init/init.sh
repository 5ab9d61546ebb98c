#!/bin/sh
# PID 1 of every agent container, whoever started it. POSIX sh: it runs in dash, bash and busybox.
#
#   init [command...]   with a command: runs it as the agent's user and ends with its exit code;
#                       without one: waits until it is told to stop.
#
# It starts sshd and keeps it up, links /mngr to the agent's own volume, and reaps orphans: a shell that waits for
# one child collects every child, adopted ones too. TERM stops the command, the tmux servers, then all the rest, in
# this order, and ends with 0. Nothing may run before sshd is started that is not needed for it: each fork here is a
# millisecond of every create and start.
#
# A root inside the agent (sudo) ends the container with `kill 1`.
set -u

lib=/usr/local/lib/agent-containers
state=/mngr-state
# Seconds that a stop may take: one less than Docker's own grace, so that the end is ours and the exit code 0.
grace=${AGENT_CONTAINERS_STOP_SECONDS:-9}
case $grace in *[!0-9]*) grace=9 ;; esac

say() { echo "agent-containers: $*" >&2; }

# Seconds since boot, without a fork.
clock() {
  read -r now _ </proc/uptime
  now=${now%.*}
}

# --- sshd ------------------------------------------------------------------------------------------------------

# Runs in a subshell for the life of the container. One that lived for 5 s is started again at once, others later
# and later, up to 30 s apart.
keep_sshd() {
  sshd_pid=
  trap 'trap "" TERM; [ -z "$sshd_pid" ] || kill -TERM "$sshd_pid" 2>/dev/null; exit 0' TERM
  delay=0
  while :; do
    clock
    began=$now
    "$sshd" -D -e -f "$lib/sshd_config" &
    sshd_pid=$!
    wait "$sshd_pid"
    code=$?
    sshd_pid=
    clock
    [ $((now - began)) -lt 5 ] || delay=0
    say "sshd ended unexpectedly (exit code $code); starting it again in $delay s"
    if [ "$delay" -gt 0 ]; then
      sleep "$delay" &
      wait $!
    fi
    delay=$((delay * 2 + 1))
    [ "$delay" -le 30 ] || delay=30
  done
}

no_sshd() {
  say "sshd is not started: $1"
  exec tail -f /dev/null
}

serve() {
  if [ -z "$sshd" ] || [ ! -x "$sshd" ]; then
    no_sshd "there is none in this image"
  elif [ ! -f "$state/ssh/ssh_host_ed25519_key" ]; then
    no_sshd "$state/ssh/ssh_host_ed25519_key is missing"
  elif [ ! -f "$state/ssh/authorized_keys" ]; then
    no_sshd "$state/ssh/authorized_keys is missing"
  fi
  [ -d /run/sshd ] || mkdir -p /run/sshd
  keep_sshd
}

# --- /mngr -----------------------------------------------------------------------------------------------------

link_volume() {
  id=
  if [ -f "$state/agent-id" ]; then
    # The last line may have no newline: read then fails, and has read it.
    read -r id <"$state/agent-id" || :
  fi
  case $id in
    '' | .* | *[!A-Za-z0-9._-]*)
      say "/mngr is not linked: $state/agent-id holds no agent's id"
      return
      ;;
  esac
  own=$state/volumes/$id
  if [ ! -d "$own" ]; then
    mkdir -p "$own" && chown "$uid:$gid" "$own"
  fi
  [ /mngr -ef "$own" ] && return
  # A restored or forked agent comes with the link of its source; an empty directory may be the image's.
  if [ ! -L /mngr ] && [ -e /mngr ] && ! rmdir /mngr 2>/dev/null; then
    say "/mngr is not linked: the image has files there"
    return
  fi
  ln -sfn "$own" /mngr
}

# --- the user's ids --------------------------------------------------------------------------------------------

# A mounted workspace belongs to somebody of the host: then $state/user-ids holds the uid and gid that the agent's user
# takes here, so that files have one owner on both sides. Once; it stays in the container's layer, and in $lib/facts.
take_ids() {
  new_uid= new_gid=
  read -r new_uid new_gid <"$state/user-ids" || :
  case $new_uid:$new_gid in
    :* | *: | 0:* | *[!0-9:]*)
      say "the ids in $state/user-ids are not taken"
      return
      ;;
  esac
  if [ "$uid" -eq 0 ] || [ "$new_uid:$new_gid" = "$uid:$gid" ]; then return; fi
  # First in its file: another user of the image may have the same uid, and its name is that of the first.
  own=$(sed -n "s/^$user:\([^:]*\):[^:]*:[^:]*:/$user:\1:$new_uid:$new_gid:/p" /etc/passwd)
  others=$(grep -v "^$user:" /etc/passwd)
  if [ -z "$own" ] || [ -z "$others" ] || ! printf '%s\n' "$own" "$others" >/etc/passwd; then
    say "/etc/passwd cannot be changed: the user $user keeps its uid $uid"
    return
  fi
  if ! grep -q "^[^:]*:[^:]*:$new_gid:" /etc/group; then
    sed -i "s/^$user:\([^:]*\):$gid:/$user:\1:$new_gid:/" /etc/group
    grep -q "^[^:]*:[^:]*:$new_gid:" /etc/group || echo "$user-host:x:$new_gid:" >>/etc/group
  fi
  # What is mounted into the home is somebody else's, and stays so.
  set -- "$home" -xdev -user "$uid"
  while read -r _ _ _ _ point _; do
    case $point in
      "$home") set -- "$@" -false ;;
      "$home"/*) set -- "$@" ! -path "$(printf '%s' "$point" | sed 's/\\[0-7][0-7][0-7]/?/g')" ;;
    esac
  done </proc/self/mountinfo
  find "$@" -exec chown -h "$new_uid:$new_gid" {} +
  uid=$new_uid gid=$new_gid
  echo "uid=$uid gid=$gid" >>"$lib/facts"
}

# --- the command -----------------------------------------------------------------------------------------------

# A background child of a POSIX shell ignores INT and QUIT, and so would the command and all that it starts.
# coreutils' env can undo it. (sshd undoes it for its sessions itself.)
default_signals() {
  if [ -n "$env_resets_signals" ]; then
    exec env --default-signal=INT,QUIT "$@"
  fi
  exec "$@"
}

run_command() {
  if [ "$(id -u)" -ne 0 ] || [ "$uid" -eq 0 ]; then
    default_signals "$@"
  fi
  HOME=$home USER=$user LOGNAME=$user SHELL=$shell
  export HOME USER LOGNAME SHELL
  # Busybox has a setpriv without these options, in /bin.
  if [ -x /usr/bin/setpriv ]; then
    default_signals /usr/bin/setpriv --reuid="$uid" --regid="$gid" --init-groups -- "$@"
  fi
  default_signals su -m -s /bin/sh -c 'exec "$0" "$@"' "$user" -- "$@"
}

# --- the end ---------------------------------------------------------------------------------------------------

# until_gone SECONDS TEST...: true when TEST fails before SECONDS since the stop began have passed.
until_gone() {
  limit=$1
  shift
  while "$@"; do
    clock
    [ $((now - stop_began)) -lt "$limit" ] || return 1
    # Waiting for it also reaps whatever ends meanwhile.
    sleep 0.01 2>/dev/null || sleep 1
  done
}

alive() { kill -0 "$1" 2>/dev/null; }

tmux_left() {
  servers=
  for entry in /proc/[0-9]*; do
    name=
    { read -r name <"$entry/comm"; } 2>/dev/null
    [ "$name" = "tmux: server" ] && servers="$servers ${entry#/proc/}"
  done
  [ -n "$servers" ]
}

# What runs in the sessions of $servers, however deep, goes to $panes.
find_panes() {
  panes=
  queue=$servers
  while [ -n "$queue" ]; do
    next=
    for parent in $queue; do
      children=
      { read -r children <"/proc/$parent/task/$parent/children"; } 2>/dev/null
      next="$next $children"
    done
    # Words only: the list of a process without children is blank.
    # shellcheck disable=SC2086
    set -- $next
    queue=$*
    panes="$panes $queue"
  done
}

panes_left() {
  for pane in $panes; do
    ! alive "$pane" || return 0
  done
  return 1
}

any_left() {
  for entry in /proc/[0-9]*; do
    [ "$entry" = /proc/1 ] || return 0
  done
  return 1
}

finish() {
  trap '' TERM INT QUIT HUP
  clock
  stop_began=$now
  if [ -n "$command_pid" ] && kill -TERM "$command_pid" 2>/dev/null; then
    until_gone $((grace - 2)) alive "$command_pid" || say "the command did not end in time"
  fi
  # Not PID 1 means `--pid=host` or `--init`: the processes around are not all ours to end.
  if [ $$ -ne 1 ]; then
    # shellcheck disable=SC2086 # a number or nothing
    kill -TERM "$serve_pid" $tailscale_pid 2>/dev/null
    exit "$1"
  fi
  if tmux_left; then
    find_panes
    # shellcheck disable=SC2086 # a list of numbers
    kill -TERM $servers 2>/dev/null
    until_gone $((grace - 1)) tmux_left || say "tmux did not end in time"
    # The end of tmux sent them HUP. What heeds only TERM gets it below.
    clock
    until_gone $((now - stop_began + 2)) panes_left || :
  fi
  kill -TERM -1 2>/dev/null
  clock
  if ! until_gone $((now - stop_began + 1)) any_left; then
    # An interactive shell heeds only HUP.
    kill -HUP -1 2>/dev/null
    until_gone "$grace" any_left || say "some processes did not end in time"
  fi
  exit "$1"
}

# ---------------------------------------------------------------------------------------------------------------

user=root uid=0 gid=0 home=/root shell=/bin/sh sshd='' env_resets_signals=''
[ ! -f "$lib/facts" ] || . "$lib/facts"
command_pid=
serve_pid=
tailscale_pid=
trap 'finish 0' TERM INT QUIT HUP

[ ! -f "$state/user-ids" ] || take_ids
serve &
serve_pid=$!
link_volume
if [ -f "$state/tailscale/arguments" ]; then
  "$lib/tailscale" serve &
  tailscale_pid=$!
fi
if [ -d "$state/sessions" ]; then
  run_command "$lib/sessions" start &
fi
if [ $# -gt 0 ]; then
  # It then waits for them, and has them in its environment.
  [ ! -f "$state/secrets" ] || set -- "$lib/secrets" run "$@"
  run_command "$@" &
  command_pid=$!
  wait "$command_pid"
  code=$?
  command_pid=
  finish "$code"
fi
while :; do
  wait "$serve_pid"
  # Only a kill ends it.
  sleep 1
  serve &
  serve_pid=$!
done
