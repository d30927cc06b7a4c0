# SPDX-License-Identifier: Apache-2.0
# The network of a lab: a bridge and a /24 of its own, and for each host a network namespace that outlives
# the host's reboots, with its only link on that bridge. Nothing is routed beyond it.

# The number of the lab's subnet, chosen once and written down.
lab_number() { cat "$lab_dir/number" 2> /dev/null || die "cannot find the lab '$NOVA_LAB': it has not been started"; }
lab_bridge() { printf 'nsl%s' "$(lab_number)"; }
lab_subnet() { printf '10.213.%s' "$(lab_number)"; }

choose_number() {
  local n used
  [ -s "$lab_dir/number" ] && return
  take_lock "$NOVA_LAB_DIR/labs/numbers.lock" 8
  used=" $(find "$NOVA_LAB_DIR/labs" -maxdepth 2 -name number -exec cat {} + | tr '\n' ' ')"
  for n in $(seq 1 250); do
    case $used in *" $n "*) continue ;; esac
    [ -e "/sys/class/net/nsl$n" ] && continue
    [ -n "$(ip route show root "10.213.$n.0/24")" ] && continue
    echo "$n" > "$lab_dir/number"; break
  done
  exec 8>&-
  [ -s "$lab_dir/number" ] || die "cannot find a free subnet among 10.213.1.0/24 to 10.213.250.0/24"
}

ensure_bridge() {
  local bridge; choose_number; bridge=$(lab_bridge)
  if [ ! -e "/sys/class/net/$bridge" ]; then
    ip link add "$bridge" type bridge
    ip address add "$(lab_subnet).1/24" dev "$bridge"
  fi
  ip link set "$bridge" up
}
remove_bridge() {
  [ -s "$lab_dir/number" ] || return 0
  local bridge; bridge=$(lab_bridge)
  [ ! -e "/sys/class/net/$bridge" ] || ip link delete "$bridge"
}

host_index() { cat "$(host_dir "$1")/index"; }
host_address() { printf '%s.%s' "$(lab_subnet)" "$((10 + $(host_index "$1")))"; }
host_link() { printf '%s-%s' "$(lab_bridge)" "$(host_index "$1")"; }
host_netns() { printf '%s-%s' "$(lab_bridge)" "$1"; }

ensure_link() { # HOST
  local netns link; netns=$(host_netns "$1"); link=$(host_link "$1")
  [ -e "/run/netns/$netns" ] && [ -e "/sys/class/net/$link" ] && return
  remove_link "$1"
  ip netns add "$netns"
  ip link add "$link" type veth peer name host0 netns "$netns"
  ip link set "$link" master "$(lab_bridge)" up
  ip -n "$netns" link set lo up
  ip -n "$netns" address add "$(host_address "$1")/24" dev host0
  ip -n "$netns" link set host0 up
}
remove_link() {
  local netns link; netns=$(host_netns "$1"); link=$(host_link "$1")
  [ ! -e "/sys/class/net/$link" ] || ip link delete "$link"
  [ ! -e "/run/netns/$netns" ] || ip netns delete "$netns"
}

# Everybody's names, in one file that all hosts see; rewritten in place because it is bound into them.
write_names() {
  local n
  { echo "127.0.0.1 localhost"
    echo "$(lab_subnet).1 outside"
    for n in $(host_names); do echo "$(host_address "$n") $n"; done; } > "$lab_dir/names"
}
