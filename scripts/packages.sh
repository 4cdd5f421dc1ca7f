#!/usr/bin/env bash
# Installs what is missing of the packages in requirements.sh, and does nothing where nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/requirements.sh

# `command -v` finds the daemons of Debian too when these are not in a user's PATH.
export PATH="$PATH:/usr/sbin:/sbin"

missing_packages() {
  local row
  for row in "${requirements[@]}"; do
    is_met "$row" || package_of "$row"
  done
}

mapfile -t missing < <(missing_packages)
[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  cat >&2 <<WORDS
Missing here: ${missing[*]} (Debian's names).
This is not a Debian system, so it is for you to install them: the development files of
libmicrohttpd (0.9.75 or newer, with GnuTLS), GnuTLS (3.7 or newer), libcurl (7.88 or newer,
OpenSSL), SQLite (3.37 or newer), libpq (14 or newer), zlib, mimalloc (2.0 or newer),
pkg-config, PostgreSQL, nginx, Chromium, Python, openssl and curl. \`make doctor\` shows what is still missing.
WORDS
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1 || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
    cat >&2 <<WORDS
Missing here: ${missing[*]}.
Installing needs root, and sudo is not to be had. Ask somebody who has it to run:
  apt-get update && apt-get install --no-install-recommends ${missing[*]}
WORDS
    exit 1
  fi
  as_root=(sudo)
fi

# Debian starts a service as soon as its package is installed, unless this policy forbids it. The
# tests run an nginx and a PostgreSQL of their own; nobody asked for one on port 80.
readonly policy=/usr/sbin/policy-rc.d
log=$(mktemp)
made_policy=false
clean_up() {
  rm -f "$log"
  if $made_policy; then "${as_root[@]}" rm -f "$policy"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM
if [ ! -e "$policy" ]; then
  made_policy=true
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

quietly() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 && return
  local code=$?
  cat "$log" >&2
  echo "Failed: $*" >&2
  exit "$code"
}

echo "Installing ${missing[*]} …"
quietly apt-get -qq update
quietly apt-get -qq -y --no-install-recommends install "${missing[@]}"

# Nor at the next boot, and only if it was installed just now.
for row in nginx-light:nginx postgresql:postgresql haproxy:haproxy varnish:varnish; do
  if printf '%s\n' "${missing[@]}" | grep -qx "${row%:*}" && [ -d /run/systemd/system ]; then
    quietly systemctl disable "${row#*:}"
  fi
done

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Installed, but still not usable or too old: ${missing[*]}. \`make doctor\` says more." >&2
  exit 1
fi
