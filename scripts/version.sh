#!/usr/bin/env bash
# Prints the version, which stands in Version.swift and nowhere else; with --debian as a package's,
# in which what comes before a release sorts before it (0.2.0-rc.1 is 0.2.0~rc.1-1).
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^public let gatewayVersion = "\(.*\)"$/\1/p' \
  Sources/Gateway/Composition/Version.swift)
[ -n "$version" ] || { echo "No version in Version.swift." >&2; exit 1; }
if [ "${1:-}" = --debian ]; then version=${version/-/\~}-${DEB_REVISION:-1}; fi
echo "$version"
