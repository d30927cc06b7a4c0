# SPDX-License-Identifier: Apache-2.0
# How a base is built; sourced in a process of its own by ensure_base.

base_packages() { sed 's/#.*//' "$lab_source/bases/$1/packages" | xargs; }

# Where packages come from is this machine's own apt configuration.
apt_sources() {
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)|$(COMPONENT)' 'Identifier: Packages' |
    awk -F'|' -v s="$NOVA_LAB_SUITE" '$1 == "Debian" && ($3 == s || index($3, s "-") == 1) { print "deb", $2, $3, $4 }' | sort -u
}
apt_proxies() { apt-config dump --format '%f "%v";%n' | grep -E '^Acquire::https?::Proxy' || true; }

build_root() { # NAME DIR: the first layer, from nothing
  local sources dir=$2 option opts=()
  sources=$(apt_sources)
  if [ -z "$sources" ]; then apt-get update -q >&2 || true; sources=$(apt_sources); fi
  [ -n "$sources" ] || die "cannot find a source of Debian $NOVA_LAB_SUITE in this machine's apt configuration"
  while read -r option; do [ -n "$option" ] && opts+=(--aptopt="$option"); done < <(apt_proxies)
  mkdir -p "$dir/fs"
  mmdebstrap --variant=minbase --mode=root "${opts[@]}" --aptopt='Acquire::Retries "5"' \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$(base_packages "$1" | tr ' ' ,)" "$NOVA_LAB_SUITE" "$dir/fs" - <<< "$sources"
  inside "$dir/fs" < "$lab_source/bases/$1/prepare"
}

build_layer() { # NAME DIR: one more layer
  local name=$1 dir=$2 source=$lab_source/bases/$1 tree=$2/tree
  mkdir -p "$dir"/{fs,work,tree}
  mount -t overlay overlay -o "lowerdir=$(base_layers "$(cat "$source/parent")"),upperdir=$dir/fs,workdir=$dir/work" "$tree"
  apt_proxies > "$tree/etc/apt/apt.conf.d/99lab-proxy"
  # Nothing is started while packages are unpacked.
  printf '#!/bin/sh\nexit 101\n' > "$tree/usr/sbin/policy-rc.d"; chmod 755 "$tree/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  [ -e "$source/debconf" ] && inside "$tree" <<< "debconf-set-selections <<'X'
$(cat "$source/debconf")
X"
  inside "$tree" <<< "apt-get update -q
    apt-get install -qy $(base_packages "$name")
    apt-get clean; find /var/lib/apt/lists -type f -delete"
  [ -e "$source/prepare" ] && inside "$tree" < "$source/prepare"
  rm -f "$tree/usr/sbin/policy-rc.d" "$tree/etc/apt/apt.conf.d/99lab-proxy"; : > "$tree/etc/resolv.conf"
  umount "$tree"
  rm -rf "$dir"/{work,tree}
}

# inside TREE: runs the script on standard input as root in that tree, not booted.
inside() {
  systemd-nspawn --quiet --directory="$1" --register=no --keep-unit --as-pid2 --pipe --resolv-conf=off --timezone=off \
    --setenv=DEBIAN_FRONTEND=noninteractive /bin/bash -euo pipefail
}
