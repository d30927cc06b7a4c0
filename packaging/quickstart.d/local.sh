# SPDX-License-Identifier: Apache-2.0
# This machine itself as a zone of one host, where systemd is PID 1. Sourced by quickstart.

in_host() { shift; "$@"; }
put_file() { install -D -m "$3" /dev/stdin "$2"; }
own_packages=(novahostd novazoned)

ask() {
  local answer
  cat <<X
This installs on $(hostname), from packages built here:
  novahostd   discovers this machine's Nova services and shows them on its D-Bus; runs as a user of its own
  novazoned   the zone's REST API on port $zone_port (HTTPS), with a token for you in $PWD/$state/token
and the Debian packages they depend on (among them nginx, whose own service Debian starts where it is new).
No Nova service is stopped, started or changed. '$0 down' removes them again; '$0 --demo' tries it in containers instead.
X
  [ "$yes" ] && return
  [ -t 0 ] || { echo "quickstart: cannot ask here: say --yes, or --demo" >&2; exit 1; }
  read -rp 'Go on? [y/N] ' answer
  [[ $answer = [yY]* ]] || { echo "nothing was done"; exit 1; }
}

local_install() {
  local name debs=() new=()
  for name in "${own_packages[@]}"; do
    debs+=("$(readlink -f "$(ls "$packages/${name}"_*.deb)")")
    dpkg-query --show --showformat='${db:Status-Status}' "$name" 2> /dev/null | grep -qx installed || new+=("$name")
  done
  mkdir -p "$state"
  [ ${#new[@]} = 0 ] || printf '%s\n' "${new[@]}" >> "$state/installed"
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends --reinstall --allow-downgrades "${debs[@]}" curl jq
}
local_join() {
  wait_zone "$(hostname)"
  zone_join "$(hostname)" "$(hostname)"
  write_env "$PWD/$state" "$(hostname)" "$(hostname)"
}
local_heard() {
  zone_get "$state/env" "/hosts" | jq -e --arg host "$(hostname)" '.hosts[] | select(.name == $host and .state == "up")'
}
local_wait() { wait_for 60 "this host in GET /hosts" local_heard; }

local_up() {
  ask
  [ "$prebuilt" ] || step dependencies "install what the build needs" packaging/build-dependencies
  build_packages
  step install "install ${own_packages[*]} on this machine" local_install
  step zone "make the zone and join this machine to it" local_join
  step heard "hear from this machine in its zone" local_wait
  show_zone "$PWD/$state/env"
  cat <<X
  busctl tree org.openstack.NovaHost1
  systemctl status novahostd novazoned
  $0 down
X
}

local_down() {
  local names=()
  [ -s "$state/installed" ] && mapfile -t names < <(sort -u "$state/installed")
  if [ ${#names[@]} -gt 0 ]; then
    say "removing ${names[*]}, which quickstart had installed, with their configuration and data (what they depend on stays)"
    DEBIAN_FRONTEND=noninteractive apt-get purge -qy "${names[@]}"
    rm -f /etc/novahost/{zone-ca.crt,.joined-by-quickstart,novahostd.conf.d/zone.conf}
    find /etc/novahost -depth -type d -empty -delete 2> /dev/null || true
  fi
  rm -rf "$state"
}
