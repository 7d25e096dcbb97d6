#!/usr/bin/env bash
# Installs what the tests need and runs all of them: types, lint, format, then every test. A file with a failure is run
# once more by itself, since tests with real processes depend on how busy the machine is: what fails twice has failed.
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

# Runs tests, $1 files at once, and leaves what they print in $report; fails as they do.
run_tests() { bun test --isolate --timeout 900000 --parallel="$1" "${@:2}" 2>&1 | tee "$report"; }
# The number in the closing line "N pass" or "N fail" of the last run; 0 without such a line.
count() { sed -n "s/^ *\\([0-9][0-9]*\\) $1\$/\\1/p" "$report" | tail -n 1 | grep . || echo 0; }
# Files that had a failure: each is named in a line of its own before its tests. The list of failures at the end names none.
failed_files() { awk '/^[0-9]+ tests? failed:$/ { exit } /^test\/.*\.test\.ts:$/ { file = substr($0, 1, length($0) - 1) } /^\(fail\)/ && file { print "./" file }' "$report" | sort -u; }

# Names of the tests that failed in the last run.
failed_tests() { sed -n 's/^(fail) \(.*\) \[[0-9.]*ms\]$/\1/p' "$report" | sort -u; }

code=0 second_try=
# Most tests wait for processes: two files at once take half the time, and more would make deadlines pass.
run_tests 2 "$@" || code=$?
passed=$(count pass) failed=$(count fail)
# Without a failed test it is the run itself that broke.
if [ "$code" != 0 ] && [ "$failed" = 0 ]; then failed=1
elif [ "$failed" != 0 ]; then
  again=()
  while read -r file; do again+=("$file"); done < <(failed_files)
  total=$((passed + failed)) code=0
  second_try=$(failed_tests)
  echo "Once more: ${again[*]}"
  run_tests 1 "${again[@]}" || code=$?
  failed=$(count fail)
  if [ "$code" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
  passed=$((total - failed))
  still=$(failed_tests)
  second_try=$(comm -23 <(echo "$second_try") <(echo "$still"))
fi
[ -z "$second_try" ] || printf 'Passed at the second try only; each is a race to mend:\n%s\n' "$second_try"
echo "$passed passed, $failed failed"
exit "$code"
