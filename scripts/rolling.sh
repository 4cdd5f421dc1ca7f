#!/usr/bin/env bash
# Replaces gateways of the former release by those of this one, one by one under load, and back again,
# with the options given to `swift test`: both programs work on one schema.
#
#   FORMER=REF             the former release, such as a tag; by default the newest tag
#   PODERO_FORMER=FOLDER   its program is there already, and is not built
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PODERO_FORMER:-}" ]; then
  former=${FORMER:-$(git describe --tags --abbrev=0 2>/dev/null || true)}
  if [ -z "$former" ]; then
    echo "There is no release yet: name a commit with FORMER=REF." >&2
    exit 1
  fi
  folder=$PWD/.build/former/$(git rev-parse --verify --quiet "$former^{commit}")
  mkdir -p "$folder/source"
  git archive "$former" | tar --extract --directory "$folder/source"
  swift build --package-path "$folder/source" --scratch-path "$folder/build" --product podero-gateway
  PODERO_FORMER=$folder/build/debug
fi
export PODERO_FORMER
scripts/test.sh --filter RollingUpgradeTests "$@"
