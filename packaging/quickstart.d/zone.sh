# SPDX-License-Identifier: Apache-2.0
# What an administrator does to make a zone and to join hosts to it; the only place here that knows how our daemons
# are called. Uses in_host HOST COMMAND... and put_file HOST PATH MODE (content on standard input) of its caller.

zone_port=8790
ca_file=/run/novazone/ca.crt
# On a host, quickstart has files of its own, so that nothing of an administrator's is overwritten.
record=/var/lib/nova-services-quickstart # what it did; outside of the checkout, which may go first
joined_mark=$record/joined
zone_dropin=/etc/novahost/novahostd.conf.d/quickstart.conf
zone_ca_copy=/etc/novahost/quickstart-zone-ca.crt

wait_for() { # SECONDS WHAT COMMAND...: looks every 0.2 s, for facts that nothing announces
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "not in time: $what"; "$@"; return 1; }
    sleep 0.2
  done
}

zone_ready() { in_host "$1" systemctl is-active --quiet novazoned.service && in_host "$1" test -s "$ca_file"; }
wait_zone() { wait_for 60 "novazoned on $1" zone_ready "$1"; } # CONTROLLER
zone_ca() { in_host "$1" cat "$ca_file"; }
# zone_token CONTROLLER NAME ROLE: a new token, shown this once
zone_token() { in_host "$1" novazoned --create-token "$2" --role "$3" | awk 'NF { token = $NF } END { print token }'; }

# zone_join HOST CONTROLLER: unless quickstart has joined it to that zone before
zone_join() {
  local host=$1 controller=$2 mark=$joined_mark ca
  ca=$(zone_ca "$controller")
  [ "$(in_host "$host" cat "$mark" 2> /dev/null)" = "$ca" ] && return
  put_file "$host" "$zone_ca_copy" 0644 <<< "$ca"
  put_file "$host" "$zone_dropin" 0644 <<< "[Zone]
URL=https://$controller:$zone_port
CAFile=$zone_ca_copy"
  in_host "$controller" novazoned --join-token "$(in_host "$host" hostname)" | awk 'NF { token = $NF } END { print token }' |
    put_file "$host" /run/novahost-join-token 0600
  in_host "$host" novahostd --enrol --join-token-file /run/novahost-join-token
  in_host "$host" rm /run/novahost-join-token
  in_host "$host" systemctl restart novahostd.service
  put_file "$host" "$mark" 0644 <<< "$ca"
}

# zone_curl ENV PATH OPTION...: as a client; ENV is the file that quickstart leaves. The zone is near: no proxy is asked.
zone_curl() {
  (. "$1"; curl --noproxy '*' --silent --show-error --max-time 10 --cacert "$ZONE_CA" \
    -H "X-Auth-Token: $(cat "$ZONE_TOKEN_FILE" 2> /dev/null)" "${@:3}" "$ZONE_URL$2")
}
zone_get() { zone_curl "$1" "$2" --fail; } # ENV PATH
zone_status() { zone_curl "$1" "$2" --output /dev/null --write-out '%{http_code}'; } # ENV PATH
zone_healthy() { [ "$(zone_status "$1" /healthz)" = 200 ]; } # ENV
zone_judges_token() { token_status=$(zone_status "$1" /services); [[ $token_status = 200 || $token_status = 401 ]]; } # ENV

# zone_shows ENV HOST/BINARY...: all of these are in GET /services, and up
zone_shows() {
  local env=$1 up; shift
  up=$(zone_get "$env" /services | jq -r '.services[] | select(.state == "up") | "\(.host)/\(.binary)"') || return
  ! printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$up")
}

# write_env DIRECTORY CONTROLLER ADDRESS: env, the CA and an administrator's token. An old token that is still good stays;
# one that the zone does not know, or that is lost, is replaced.
write_env() {
  local dir=$1 controller=$2 address=$3 token_status=
  mkdir -p "$dir"; chmod 755 "$dir"
  zone_ca "$controller" > "$dir/ca.crt.new"; mv "$dir/ca.crt.new" "$dir/ca.crt"
  printf 'ZONE_URL=https://%s:%s\nZONE_CA=%q\nZONE_TOKEN_FILE=%q\n' "$address" "$zone_port" "$dir/ca.crt" "$dir/token" > "$dir/env"
  wait_for 60 "an answer from https://$address:$zone_port" zone_healthy "$dir/env"
  if [ -s "$dir/token" ]; then
    wait_for 30 "GET /services of https://$address:$zone_port" zone_judges_token "$dir/env"
    [ "$token_status" = 200 ] && return
  fi
  in_host "$controller" novazoned --revoke-token quickstart > /dev/null 2>&1 || true # there may be none
  (umask 077; zone_token "$controller" quickstart admin > "$dir/token.new")
  [ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID" "$dir/token.new" # whoever called sudo goes on as himself
  mv "$dir/token.new" "$dir/token"
}

# show_zone ENV: what there is, and what to try next
show_zone() {
  local services id
  . "$1"
  services=$(zone_get "$1" /services)
  printf '\nGET /services, a line for each:\n\n'
  jq -r '.services[] | [.host, .binary, .state, .unit.active_state, .phase, .id] | map(. // "-") | join(" ")' <<< "$services" |
    awk '{ printf "  %-12s %-18s %-8s %-10s %-9s %s\n", $1, $2, $3, $4, $5, $6 } END { if (!NR) print "  (no Nova service here yet)" }'
  id=$(jq -r '[.services[] | select(.kind == "compute" or .binary == "nova-compute")][0].id // "ID"' <<< "$services")
  cat <<X

  URL    $ZONE_URL
  CA     $ZONE_CA
  token  $ZONE_TOKEN_FILE   (an administrator's)

Try next:
  . $(printf %q "$1")
  zone() { curl -s --noproxy '*' --cacert "\$ZONE_CA" -H "X-Auth-Token: \$(cat "\$ZONE_TOKEN_FILE")" -H 'Content-Type: application/json' "\$ZONE_URL\$@"; }
  zone /services | jq
  zone /services/$id/action -d '{"pause": {"reason": "trying it"}}'
  zone /services/$id | jq '.service | {held, paused, phase, holds}'
  zone /services/$id/action -d '{"resume": {}}'
X
}
