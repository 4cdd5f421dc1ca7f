#!/usr/bin/env bash
# Unpacks a Debian root with nothing but the essential packages and apt into a folder. debootstrap
# makes it once, into .build/roots; after a day it is made anew.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly target=$1 release=${2:-bookworm}
: "${MIRROR:=http://deb.debian.org/debian}" "${ROOTS:=.build/roots}"
base=$ROOTS/$release.tar

[ "$(id -u)" -eq 0 ] || { echo "A root for chroot is made by root only." >&2; exit 77; }
export PATH="$PATH:/usr/sbin:/sbin"
if [ -z "$(find "$base" -mtime -1 2>/dev/null)" ]; then
  command -v debootstrap >/dev/null || { echo "apt-get install debootstrap" >&2; exit 77; }
  mkdir -p "$ROOTS"
  made=$(mktemp -d "$ROOTS/making.XXXXXX")
  trap 'rm -rf "$made"' EXIT
  debootstrap --variant=minbase "$release" "$made" "$MIRROR" >"$ROOTS/debootstrap.log" 2>&1 ||
    { tail -n 20 "$ROOTS/debootstrap.log" >&2; exit 1; }
  # No service starts on its own in there, as in Docker's images.
  printf '#!/bin/sh\nexit 101\n' >"$made/usr/sbin/policy-rc.d"
  chmod 755 "$made/usr/sbin/policy-rc.d"
  rm -rf "$made"/var/cache/apt/archives/*.deb
  tar -C "$made" -cf "$base.part" . && mv "$base.part" "$base"
fi
mkdir -p "$target"
tar -C "$target" -xf "$base"
# Not only root goes through it.
chmod 755 "$target"
# Names are looked up as this machine does; Docker does that, too.
cp /etc/resolv.conf /etc/hosts "$target/etc/"
