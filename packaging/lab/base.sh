# SPDX-License-Identifier: Apache-2.0
# Bases: package-only root file systems, built once and shared by all hosts as the lower side of an overlay.
#
# bases/NAME/ holds: packages (one a line), parent (the base it is a layer on; none for the first),
# debconf (answers, optional), prepare (a script run inside after the packages, optional).
# The result is cached under a key of all that and of build.sh, so an edited list is a new base.

base_key() { # NAME
  local d=$lab_source/bases/$1 parent=
  [ -e "$d/parent" ] && parent=$(base_key "$(cat "$d/parent")")
  { echo "$NOVA_LAB_SUITE $(dpkg --print-architecture) $parent"; cat "$lab_source/build.sh" "$d"/*; } | sha256sum | cut -c1-12
}
base_dir() { printf '%s/bases/%s-%s-%s' "$NOVA_LAB_DIR" "$NOVA_LAB_SUITE" "$1" "$(base_key "$1")"; }
# The layers of a base, uppermost first, as overlayfs wants them.
base_layers() {
  local d=$lab_source/bases/$1
  printf '%s/fs' "$(base_dir "$1")"
  [ -e "$d/parent" ] && printf ':%s' "$(base_layers "$(cat "$d/parent")")"
  return 0
}
ensure_base() { # NAME: builds the base and those below it, unless cached
  local name=$1 dir log parent=$lab_source/bases/$1/parent fd
  [ -e "$lab_source/bases/$name/packages" ] || die "cannot find the base '$name': there are $(cd "$lab_source/bases" && echo *)"
  [ -e "$parent" ] && ensure_base "$(cat "$parent")"
  dir=$(base_dir "$name"); log=$NOVA_LAB_DIR/log/base-$name.log
  [ -d "$dir" ] && return
  mkdir -p "$NOVA_LAB_DIR"/{bases,log}
  exec {fd}> "$NOVA_LAB_DIR/bases/$name.lock"; flock "$fd"
  if [ ! -d "$dir" ]; then
    say "building the base '$name' (log: $log)"
    rm -rf --one-file-system "$dir".partial
    local build=build_root; [ -e "$parent" ] && build=build_layer
    # In a process of its own, because errexit is off in anything tested with '||'; in a mount namespace of its own,
    # so that nothing stays mounted when it is interrupted.
    unshare --mount --propagation private "$BASH" -euo pipefail -c '. "$1/lib.sh"; . "$1/base.sh"; . "$1/build.sh"; "$2" "$3" "$4"' - "$lab_source" "$build" "$name" "$dir.partial" \
      > "$log" 2>&1 {fd}>&- || { tail -20 "$log" >&2; die "cannot build the base '$name', see $log"; }
    mv -T "$dir.partial" "$dir"
    say "base '$name' built in ${SECONDS} s, $(du -sh "$dir" | cut -f1)"
  fi
  exec {fd}>&-
}

# Removes the bases which no present definition leads to and no host of any lab uses.
prune_bases() {
  local keep=" " d n
  for n in "$lab_source"/bases/*/; do keep+="$(base_dir "$(basename "$n")") "; done
  keep+="$(find "$NOVA_LAB_DIR/labs" -maxdepth 4 -name layers -exec cat {} + | sed 's|/fs||g' | tr ':\n' '  ') "
  for d in "$NOVA_LAB_DIR/bases/$NOVA_LAB_SUITE"-*/; do
    d=${d%/}; case $keep in *" $d "*) ;; *) say "removing $d"; rm -rf --one-file-system "$d" ;; esac
  done
}
