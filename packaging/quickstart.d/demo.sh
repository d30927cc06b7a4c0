# SPDX-License-Identifier: Apache-2.0
# The demo: a zone of three booted hosts with Debian's real Nova in them. Sourced by quickstart.

export NOVA_LAB=${NOVA_LAB:-demo}
demo_hosts=(controller compute1 compute2)
demo_services=(controller/nova-api controller/nova-api-metadata controller/nova-conductor controller/nova-scheduler
  compute1/nova-compute compute2/nova-compute)
lab() { packaging/lab/lab "$@"; }
in_host() { lab exec "$@"; }
put_file() { in_host "$1" install -D -m "$3" /dev/stdin "$2"; }

# The two kinds of hosts share most of their base; the rest is built side by side.
demo_bases() {
  lab base nova
  lab base controller & local other=$!
  lab base compute
  wait "$other"
}
# Booting ends when Nova's services have told systemd that they are ready.
demo_boot() {
  local host pids=() pid
  demo_bases
  echo "booting ${demo_hosts[*]}"
  for host in "${demo_hosts[@]}"; do
    lab boot "$host" --base "${host%[0-9]}" & pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

demo_install() {
  local host stamp deb names
  stamp=$(cat "$packages/.built-from" 2> /dev/null || cat "$packages"/*.deb | sha256sum | cut -c1-16)
  for host in "${demo_hosts[@]}"; do
    [ "$(in_host "$host" cat /root/.installed-packages 2> /dev/null)" = "$stamp" ] && continue
    names=(novahostd); [ "$host" = controller ] && names+=(novazoned)
    # The zone brings its own instance of nginx; the one that Debian starts is not needed here.
    in_host "$host" systemctl mask --quiet --now nginx.service
    in_host "$host" rm -rf /root/packages
    for deb in "${names[@]}"; do
      deb=$(ls "$packages/${deb}"_*.deb)
      put_file "$host" "/root/packages/${deb##*/}" 0644 < "$deb"
    done
    in_host "$host" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -qy --reinstall --allow-downgrades /root/packages/*.deb'
    put_file "$host" /root/.installed-packages 0644 <<< "$stamp"
  done
}

demo_join() {
  local host
  wait_zone controller
  for host in "${demo_hosts[@]}"; do zone_join "$host" controller; done
  write_env "$PWD/$state" controller "$(lab address controller)"
}
demo_wait() {
  wait_for 90 "all of Nova's services up in GET /services" zone_shows "$state/env" "${demo_services[@]}"
}

demo_up() {
  step dependencies "install what the build and the demo need" demo_dependencies
  begin hosts "build the hosts' file systems and boot them until Nova is active" demo_boot
  build_packages
  finish hosts
  step install "install the packages on ${demo_hosts[*]}" demo_install
  step zone "make the zone and join the hosts to it" demo_join
  step services "see all of Nova's services up in the zone" demo_wait
  show_zone "$PWD/$state/env"
  cat <<X
  sudo $0 exec compute1 busctl tree org.openstack.NovaHost1
  sudo $0 exec compute1 systemctl status nova-compute novahostd
  sudo $0 exec compute1 systemctl start novahost-pause@nova-compute      # then look at GET /services again
  sudo $0 exec controller journalctl -u novazoned -f
  sudo $0 down
X
}
demo_dependencies() { packaging/build-dependencies; lab tools; }

demo_down() {
  lab down
  rm -rf "$state"
  say "the demo is gone; the hosts' file systems stay in ${NOVA_LAB_DIR:-/var/cache/nova-services-lab} for the next time"
}
