#!/usr/bin/env bash
# Says what this machine has of what the repository needs; ends with 1 if something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/requirements.sh
export PATH="$PATH:/usr/sbin:/sbin"

is_healthy=true
report() { printf '  %-6s %-22s %s\n' "$1" "$2" "$3"; }

version_of() {
  case "$1" in
    libmicrohttpd-dev) pkg-config --modversion libmicrohttpd ;;
    libgnutls28-dev) pkg-config --modversion gnutls ;;
    libcurl4-openssl-dev) pkg-config --modversion libcurl ;;
    pkg-config) pkg-config --version ;;
    libsqlite3-dev) pkg-config --modversion sqlite3 ;;
    nginx-light) nginx -v 2>&1 | sed 's/.*nginx\///' ;;
    openssl) openssl version | cut -d ' ' -f 2 ;;
    curl) curl --version | head -n 1 | cut -d ' ' -f 2 ;;
  esac
}

if words=$(scripts/require-swift.sh 2>&1); then
  report ok swift "$(swift --version 2>/dev/null | head -n 1)"
  if swift format --version >/dev/null 2>&1; then
    report ok swift-format "$(swift format --version 2>/dev/null | head -n 1)"
  else
    is_healthy=false
    report NO swift-format "not part of this tool set; take the one from swift.org"
  fi
else
  is_healthy=false
  report NO swift "6.3 or newer, see below"
fi

for row in "${requirements[@]}"; do
  package=$(package_of "$row")
  if is_met "$row"; then
    report ok "$package" "$(version_of "$package" || echo 'version unknown')"
  else
    is_healthy=false
    report NO "$package" "$(purpose_of "$row"); \`make packages\` installs it"
  fi
done

if $is_healthy; then
  echo "Everything is here."
  exit 0
fi
[ -z "${words:-}" ] || printf '\n%s\n' "$words"
exit 1
