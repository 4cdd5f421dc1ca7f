#!/usr/bin/env bash
# Ends with words that help when there is no Swift of the right version.
set -euo pipefail

readonly wanted_major=6 wanted_minor=3

advise() {
  cat >&2 <<ADVICE
$1

This repository needs Swift $wanted_major.$wanted_minor or newer on Linux. Three ways to get it:
  - swiftly, the installer of swift.org (works without root):
      curl -fsSLO "https://download.swift.org/swiftly/linux/swiftly-\$(uname -m).tar.gz"
      tar xzf "swiftly-\$(uname -m).tar.gz" && ./swiftly init --assume-yes
      . ~/.local/share/swiftly/env.sh && swiftly install $wanted_major.$wanted_minor
  - the archive for your system from https://www.swift.org/install/linux/, unpacked anywhere, with its
    usr/bin in PATH
  - no installation: docker run --rm -it -v "\$PWD:/src" -w /src swift:$wanted_major.$wanted_minor-bookworm make test
Then run the same make target again.
ADVICE
  exit 1
}

if ! command -v swift >/dev/null 2>&1; then
  for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
    [ -x "$folder/swift" ] || continue
    echo "Swift is installed in $folder, but that folder is not in PATH. Do this first:" >&2
    echo "  export PATH=\"$folder:\$PATH\"" >&2
    exit 1
  done
  if [ -n "${SUDO_USER:-}" ]; then
    advise "swift: not found. Under sudo your own PATH does not count: run make without sudo, it asks for sudo where it needs it."
  fi
  advise "swift: not found in PATH."
fi

version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
major=${version%%.*}
rest=${version#*.}
minor=${rest%%.*}
if [ -z "$version" ]; then
  advise "swift: found as $(command -v swift), but it does not say its version."
fi
if [ "$major" -lt "$wanted_major" ] ||
  { [ "$major" -eq "$wanted_major" ] && [ "$minor" -lt "$wanted_minor" ]; }; then
  advise "swift: version $version is too old."
fi
