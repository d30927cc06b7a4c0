# SPDX-License-Identifier: Apache-2.0
# Steps that show that they are alive, keep a log each, and explain themselves when they fail. Sourced by quickstart.

declare -A step_pid step_log step_title step_begin
step_number=0
say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

# begin ID TITLE COMMAND...: starts a step in the background; TITLE completes "cannot ...".
begin() {
  local id=$1 title=$2; shift 2
  step_number=$((step_number + 1))
  step_title[$id]=$title step_begin[$id]=$SECONDS
  step_log[$id]=$logs/$(printf '%02d' "$step_number")-$id.log
  say "$title ..."
  set -m # a process group of its own, so that an interrupted run leaves nothing of it behind
  (set +m -eEuo pipefail; "$@") > "${step_log[$id]}" 2>&1 < /dev/null &
  set +m
  step_pid[$id]=$!
}

# finish ID: waits for it and shows its last line meanwhile; ends the whole run where it failed.
finish() {
  local id=$1 shown=$SECONDS
  while kill -0 "${step_pid[$id]}" 2> /dev/null; do
    if [ -t 1 ]; then
      printf '\r\033[K[%4d s] %s: %.*s' "$SECONDS" "${step_title[$id]}" 60 "$(last_line "$id")"
    else
      [ $((SECONDS - shown)) -lt 20 ] || { say "still: ${step_title[$id]}: $(last_line "$id")"; shown=$SECONDS; }
    fi
    sleep 0.2
  done
  [ -t 1 ] && printf '\r\033[K'
  wait "${step_pid[$id]}" || fail "$id"
  unset "step_pid[$id]"
  say "${step_title[$id]}: done ($((SECONDS - step_begin[$id])) s)"
}
step() { begin "$@"; finish "$1"; }
last_line() { tail -c 400 "${step_log[$1]}" | tr '\r' '\n' | tr -cd '\n[:print:]' | grep -v '^ *$' | tail -1; }

fail() {
  local id=$1 # what it had started meanwhile is ended with the others, by stop_steps
  { echo; tail -15 "${step_log[$id]}" | sed 's/^/    /'
    echo "quickstart: cannot ${step_title[$id]}"
    echo "  why:  $(last_line "$id")"
    echo "  log:  ${step_log[$id]}"
    echo "  then: run it again, it goes on where it stopped; or '$0 down' to remove what it started"; } >&2
  exit 1
}
stop_steps() { local pid; for pid in "${step_pid[@]}"; do kill -TERM -- "-$pid" 2> /dev/null; done; return 0; }
