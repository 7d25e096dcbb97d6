#!/usr/bin/env bash
# Installs what the tests need and runs all of them: types, lint, format, then every test.
# Its last line is "N passed, N failed". Arguments go to `bun test`, such as a folder: ./scripts/test.sh test/decide
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/bun.sh
. scripts/bun.sh
scripts/requirements.sh

bun run check
bun run build

report=$(mktemp)
trap 'rm -f "$report"' EXIT
code=0
bun test --isolate --timeout 60000 "$@" 2>&1 | tee "$report" || code=$?
count() { sed -n "s/^ *\\([0-9][0-9]*\\) $1\$/\\1/p" "$report" | tail -n 1; }
passed=$(count pass) failed=$(count fail)
if [ "$code" != 0 ] && [ "${failed:-0}" = 0 ]; then failed=1; fi
echo "${passed:-0} passed, ${failed:-0} failed"
exit "$code"
