# SPDX-License-Identifier: Apache-2.0
# Hosts: booted systemd-nspawn containers, each with an overlay over a base as its disk.
#
# A host's folder holds: base, index (its address), bind (extra mounts), disk/{upper,work}, root (the mounted disk),
# supervisor and nspawn (identities of the processes that run it), console.log.

host_supervisor() { recorded_process "$(host_dir "$1")/supervisor"; }
host_cgroup() { printf 'nova-services-lab/%s/%s' "$NOVA_LAB" "$1"; }
need_host() { [ -d "$(host_dir "$1")" ] || die "cannot find the host '$1': there are $(host_names | xargs)"; }

# PID 1 of the host as this machine sees it.
host_leader() {
  local nspawn child pid
  nspawn=$(recorded_process "$(host_dir "$1")/nspawn") || return 1
  for child in $(cat /proc/"$nspawn"/task/*/children 2> /dev/null); do
    for pid in "$child" $(cat /proc/"$child"/task/*/children 2> /dev/null); do
      grep -q $'^NSpid:.*\t1$' "/proc/$pid/status" 2> /dev/null && { echo "$pid"; return; }
    done
  done
  return 1
}
leader_other_than() { local l; l=$(host_leader "$1") && [ "$l" != "$2" ]; }
host_has_bus() { local l; l=$(host_leader "$1") && [ -S "/proc/$l/root/run/systemd/private" ]; }

# host_exec HOST COMMAND...: as root inside, with a clean environment.
host_exec() {
  local leader; leader=$(host_leader "$1") || die "the host '$1' is not running"; shift
  nsenter --target "$leader" --all -- /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" SYSTEMD_PAGER= \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

wait_booted() { # HOST: until systemd inside has finished booting
  local state
  wait_until 60 host_has_bus "$1" || die "'$1' did not start, see $(host_dir "$1")/console.log"
  state=$(timeout 300 nsenter --target "$(host_leader "$1")" --all -- systemctl is-system-running --wait) || true
  case $state in
    running) ;;
    degraded) say "$1 booted, but: $(host_exec "$1" systemctl list-units --failed --plain --no-legend | awk '{print $1}' | xargs) failed" ;;
    *) die "'$1' did not boot (it says '$state'), see $(host_dir "$1")/console.log" ;;
  esac
}

new_host() { # HOST BASE: gives it a folder, an address and an empty disk over the base
  local dir index=1; dir=$(host_dir "$1")
  while grep -qsx "$index" "$lab_dir"/hosts/*/index; do index=$((index + 1)); done
  mkdir -p "$dir"/{root,disk/upper,disk/work}
  : > "$dir/bind"; base_layers "$2" > "$dir/layers"; echo "$2" > "$dir/base"; echo "$index" > "$dir/index"
}

mount_disk() { # HOST
  local dir; dir=$(host_dir "$1")
  mountpoint -q "$dir/root" && return
  mount -t overlay overlay -o "lowerdir=$(cat "$dir/layers"),upperdir=$dir/disk/upper,workdir=$dir/disk/work" "$dir/root"
}

# What makes a copy of a base a host of its own; done before its first boot.
personalise() { # HOST
  local root; root=$(host_dir "$1")/root
  [ -s "$root/etc/machine-id" ] && return
  echo "$1" > "$root/etc/hostname"
  tr -d - < /proc/sys/kernel/random/uuid > "$root/etc/machine-id"
  : >> "$root/etc/hosts"
}

# start_host HOST: runs it, in a session and a mount namespace of its own; does not wait for it.
start_host() {
  local dir bind args; dir=$(host_dir "$1")
  host_supervisor "$1" > /dev/null && return
  kill_host "$1" # what an interrupted run may have left of it
  mount_disk "$1"; personalise "$1"; ensure_link "$1"; write_names
  args=(--quiet --directory="$dir/root" --machine="$(lab_bridge)-$1" --hostname="$1" --boot --register=no --keep-unit
    --network-namespace-path="/run/netns/$(host_netns "$1")" --bind-ro="$lab_dir/names:/etc/hosts" --capability=all
    --resolv-conf=off --timezone=off --link-journal=no --console=pipe)
  while read -r bind; do args+=(--bind="$bind"); done < "$dir/bind"
  setsid unshare --mount --propagation private "$lab_source/supervise" "$dir" "$(host_cgroup "$1")" "${args[@]}" \
    >> "$dir/console.log" 2>&1 < /dev/null 9>&- &
  wait_until 10 host_supervisor "$1" > /dev/null || die "cannot start '$1', see $dir/console.log"
}

# In this machine's own cgroup2 tree, wherever that is mounted.
cgroup_root() { findmnt --noheadings --first-only --types cgroup2 --output TARGET; }
host_cgroup_path() { printf '%s/%s' "$(cgroup_root)" "$(host_cgroup "$1")"; }
remove_cgroups() { rmdir --parents --ignore-fail-on-non-empty "$(cgroup_root)/nova-services-lab/$NOVA_LAB" 2> /dev/null || true; }

cgroup_is_empty() { grep -qx "populated 0" "$1/cgroup.events"; }

kill_host() { # HOST: at once, as by a power cut; every process of it, and no other
  local cgroup; cgroup=$(host_cgroup_path "$1")
  if [ -e "$cgroup/cgroup.kill" ]; then
    echo 1 > "$cgroup/cgroup.kill"
    wait_until 20 cgroup_is_empty "$cgroup" || die "cannot kill the processes of '$1'"
    find "$cgroup" -depth -type d -exec rmdir {} +
  fi
  rm -f "$(host_dir "$1")"/{supervisor,nspawn}
}

host_is_off() { ! host_supervisor "$1" > /dev/null; }

stop_host() { # HOST: an orderly power-off
  local pid; pid=$(host_supervisor "$1") || return 0
  kill -TERM "$pid"
  wait_until 60 host_is_off "$1" || { say "$1 did not power off within 60 s: killing it"; kill_host "$1"; }
}

remove_host() { # HOST: its processes, links and disk
  local dir; dir=$(host_dir "$1")
  kill_host "$1"; remove_link "$1"
  if mountpoint -q "$dir/root"; then umount "$dir/root" 2> /dev/null || umount --lazy "$dir/root"; fi
  rm -rf --one-file-system "$dir"
}

host_journal() { # HOST JOURNALCTL-ARGUMENT...: also of a host that is off
  local name=$1; shift
  if host_leader "$name" > /dev/null; then host_exec "$name" journalctl --no-pager "$@"
  else journalctl --no-pager --directory="$(host_dir "$name")/root/var/log/journal" "$@"; fi
}
