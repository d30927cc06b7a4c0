# SPDX-License-Identifier: Apache-2.0
# This machine itself as a zone of one host, where systemd is PID 1. Sourced by quickstart.

in_host() { shift; "$@"; }
put_file() { install -D -m "$3" /dev/stdin "$2"; }
own_packages=(novahostd novazoned)
is_installed() { dpkg-query --show --showformat='${db:Status-Status}' "$1" 2> /dev/null | grep -qx installed; }

# A host that is in somebody's zone stays there.
refuse_a_host_of_another_zone() {
  local found
  found=$(grep -HsE '^[[:space:]]*URL[[:space:]]*=[[:space:]]*[^[:space:]]' /etc/novahost/novahostd.conf /etc/novahost/novahostd.conf.d/*.conf |
    grep -vF "$zone_dropin:" | head -1) || true
  [ -n "$found" ] || return 0
  { echo "quickstart: cannot make a zone of this machine: it is a host of another one"
    echo "  why:  ${found%%:*} says ${found#*:}"
    echo "  then: '$0 --demo' tries it in containers"; } >&2
  exit 1
}

ask() {
  local answer
  cat <<X
This installs on $(hostname), from packages built here:
  novahostd   discovers this machine's Nova services and shows them on its D-Bus; runs as a user of its own
  novazoned   the zone's REST API on port $zone_port (HTTPS), with a token for you in $PWD/$state/token
and the Debian packages they depend on (among them nginx; where it is new, its own service stays off).
No Nova service is stopped, started or changed. '$0 down' removes them again; '$0 --demo' tries it in containers instead.
X
  [ "$yes" ] && return
  [ -t 0 ] || { echo "quickstart: cannot ask here: say --yes, or --demo" >&2; exit 1; }
  read -rp 'Go on? [y/N] ' answer
  [[ $answer = [yY]* ]] || { echo "nothing was done"; exit 1; }
}

local_install() {
  local name debs=() tools=()
  mkdir -p "$record"
  for name in "${own_packages[@]}"; do
    debs+=("$(readlink -e "$packages/${name}"_*.deb)") || { echo "there is no package of $name in $packages"; return 1; }
    is_installed "$name" || grep -qsx "$name" "$record/installed" || echo "$name" >> "$record/installed"
  done
  for name in curl jq; do command -v "$name" > /dev/null || tools+=("$name"); done
  packaging/apt-install --starts --reinstall --allow-downgrades "${debs[@]}" "${tools[@]}"
}
local_join() {
  local pki=/var/lib/novahost/pki
  wait_zone "$(hostname)"
  # Who this host was in an earlier zone is given back by 'down'.
  if [ ! -e "$joined_mark" ] && [ ! -e "$record/pki" ] && [ -d $pki ]; then cp -a $pki "$record/pki"; fi
  zone_join "$(hostname)" "$(hostname)"
  write_env "$PWD/$state" "$(hostname)" "$(hostname)"
}
local_heard() {
  zone_get "$state/env" "/hosts" | jq -e --arg host "$(hostname)" '.hosts[] | select(.name == $host and .state == "up")'
}
local_wait() { wait_for 60 "this host in GET /hosts" local_heard; }

local_up() {
  refuse_a_host_of_another_zone
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
  sudo $0 down
X
}

# Of packages that were here before, only what quickstart had added goes.
installed_by_quickstart() { grep -qsx "$1" "$record/installed"; }
was_here_before() { is_installed "$1" && ! installed_by_quickstart "$1"; }
local_leave_zone() {
  rm -f "$zone_dropin" "$zone_ca_copy"
  if was_here_before novahostd; then
    if [ -d "$record/pki" ]; then rm -rf /var/lib/novahost/pki; cp -a "$record/pki" /var/lib/novahost/pki; fi
    systemctl restart novahostd.service || say "novahostd does not start again: systemctl status novahostd"
  fi
  if was_here_before novazoned; then
    novazoned --revoke-token quickstart > /dev/null 2>&1 || true # there is none where it did not come so far
  fi
}
local_down() {
  local names=()
  local_leave_zone
  [ ! -s "$record/installed" ] || mapfile -t names < "$record/installed"
  if [ ${#names[@]} -gt 0 ]; then
    say "removing ${names[*]}, which quickstart had installed, with their configuration and data (what they depend on stays)"
    DEBIAN_FRONTEND=noninteractive apt-get purge -qy -o DPkg::Lock::Timeout=900 "${names[@]}"
  fi
  rm -rf "$record" "$state"
}
