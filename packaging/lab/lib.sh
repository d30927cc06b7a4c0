# SPDX-License-Identifier: Apache-2.0
# Settings and small helpers of the lab. Sourced by ./lab, never run.

export LC_ALL=C.UTF-8

# Everything big lives outside the checkout: cached bases, and one folder per lab.
NOVA_LAB_DIR=${NOVA_LAB_DIR:-/var/cache/nova-services-lab}
# Which lab this is about. Labs do not see each other: each has its own bridge, subnet and hosts.
NOVA_LAB=${NOVA_LAB:-demo}
NOVA_LAB_SUITE=${NOVA_LAB_SUITE:-bookworm}

lab_source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab_dir=$NOVA_LAB_DIR/labs/$NOVA_LAB

say() { printf 'lab %s: %s\n' "$NOVA_LAB" "$*" >&2; }
die() { say "$*"; exit 1; }

host_dir() { printf '%s/hosts/%s' "$lab_dir" "$1"; }
host_names() { local d; for d in "$lab_dir"/hosts/*/; do [ -d "$d" ] && basename "$d"; done; return 0; }

check_name() { # WHAT NAME: names become file, interface and host names
  [[ $2 =~ ^[a-z][a-z0-9-]{0,30}$ ]] || die "cannot use '$2' as the name of a $1: use lower case letters, digits and '-'"
}

# take_lock FILE FD: waits for the lock and keeps it until the descriptor is closed.
take_lock() { mkdir -p "$(dirname "$1")"; eval "exec $2>\"$1\""; flock "$2"; }

# A process is ours only while pid, start time and the machine's boot are those we wrote down.
process_start() { local s; s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1; s=${s##*) }; set -- $s; printf '%s' "${20}"; }
process_identity() { printf '%s %s %s\n' "$1" "$(process_start "$1")" "$(cat /proc/sys/kernel/random/boot_id)"; }
recorded_process() { # FILE: prints the pid if the process written down there still runs
  local pid start boot
  [ -s "$1" ] && read -r pid start boot < "$1" || return 1
  [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$(process_start "$pid")" = "$start" ] || return 1
  printf '%s\n' "$pid"
}

# need_tools TOOL:PACKAGE...: installs what this machine lacks.
need_tools() {
  local t missing=()
  for t; do command -v "${t%%:*}" > /dev/null || missing+=("${t##*:}"); done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  "$lab_source/../apt-install" "${missing[@]}" >&2 ||
    die "cannot install ${missing[*]} with apt-get"
}

# wait_until SECONDS COMMAND...: looks every 50 ms; for facts that nothing announces.
wait_until() {
  local end=$((${EPOCHREALTIME/./} + $1 * 1000000)); shift
  until "$@"; do [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1; sleep 0.05; done
}
