#!/usr/bin/env bash
# Runs the pure part of the tests in seconds: the files in these folders that make no file and no process, compile
# nothing, and ask for no more than the usual time. Properties draw a twentieth of their inputs.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/bun.sh
. scripts/bun.sh

pure() {
  find test/architecture.test.ts test/{base,checks,commands,decide,model,properties,report,settings,software} \
    -name '*.test.ts' -exec grep -LE 'mkdtemp|Bun\.spawn|support/wnm|setDefaultTimeout' {} + | sort
}

# shellcheck disable=SC2046 # names of test files have no blanks
WNM_FAST=1 exec bun test --isolate --timeout 300000 --parallel=2 $(pure) "$@"
