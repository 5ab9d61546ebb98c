#!/bin/sh
# The sessions of an agent: commands in tmux, as its user. POSIX sh.
#
#   sessions start         makes those that are not there, in the folder it is called in
#   sessions run NAME      becomes the command of one: what tmux runs
#
# A definition is a file $folder/NAME. Its lines are argument=…, env=NAME=value and cwd=…, in which \\ is a backslash and
# \n a line break. It is data: no shell reads it.
set -u

state=/mngr-state
folder=$state/sessions
lib=/usr/local/lib/agent-containers

say() { echo "agent-containers: $*" >&2; }

# start_one NAME
start_one() {
  name=$1
  session=mngr-$agent-$name
  # tmux has its own use for these two.
  session=$(printf '%s' "$session" | tr '.:' '__')
  ! tmux has-session -t "=$session" 2>/dev/null || return 0
  # Secrets are waited for in the session, where it can be seen. Several words: tmux starts them without a shell.
  set -- "$lib/sessions" run "$name"
  [ ! -f "$state/secrets" ] || set -- "$lib/secrets" run "$@"
  tmux -u new-session -d -s "$session" -x 200 -y 50 "$@" \; \
    set-window-option -t "=$session:" remain-on-exit on \; \
    set-window-option -t "=$session:" @agent-containers-session "$name"
}

start() {
  command -v tmux >/dev/null || {
    say "the sessions are not started: there is no tmux in this image"
    return
  }
  agent=
  read -r agent <"$state/agent-name" || :
  for file in "$folder"/*; do
    [ -f "$file" ] || continue
    start_one "${file##*/}" || say "the session ${file##*/} could not be started"
  done
}

# decode TEXT: to $decoded.
decode() {
  # The dot keeps line breaks at the end.
  decoded=$(printf '%b.' "$1")
  decoded=${decoded%.}
}

run() {
  file=$folder/$1
  cwd=
  # What env sets comes before the command, whose name may look like a variable.
  set -- sh -c 'exec "$@"' sh
  while IFS= read -r line; do
    case $line in
      argument=*) decode "${line#argument=}" && set -- "$@" "$decoded" ;;
      env=*) decode "${line#env=}" && set -- "$decoded" "$@" ;;
      cwd=*) decode "${line#cwd=}" && cwd=$decoded ;;
    esac
  done <"$file"
  if [ -n "$cwd" ]; then
    case $cwd in /*) ;; *) cwd=./$cwd ;; esac
    cd "$cwd" || exit 1
  fi
  exec env "$@"
}

verb=$1
shift
case $verb in
  start) start ;;
  run) run "$@" ;;
  *) exit 2 ;;
esac
