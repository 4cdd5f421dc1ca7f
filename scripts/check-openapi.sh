#!/usr/bin/env bash
# Checks an OpenAPI document, docs/openapi.json unless another is named, against the rules of OpenAPI.
# It starts nothing; it needs the Python package openapi-spec-validator (0.9.0 is known to work).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly file=${1:-docs/openapi.json}
if ! command -v openapi-spec-validator >/dev/null; then
  echo "openapi-spec-validator is missing: pip install openapi-spec-validator==0.9.0" >&2
  exit 69
fi
openapi-spec-validator "$file"
