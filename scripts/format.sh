#!/usr/bin/env bash
# Formats Swift files and folders in place: long comments first, then swift-format.
set -euo pipefail
cd "$(dirname "$0")/.."

wrapped=$(mktemp)
trap 'rm -f "$wrapped"' EXIT
find "$@" -name '*.swift' -print0 | while IFS= read -r -d '' file; do
  awk -f scripts/wrap-comments.awk "$file" >"$wrapped"
  cmp -s "$file" "$wrapped" || cat "$wrapped" >"$file"
done
swift format -i -r -p "$@"
