#!/usr/bin/env bash
# Installs what the tests need beside Bun and the lockfile's packages; quick when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/bun.sh
. scripts/bun.sh

[ "$(uname -s)" = Linux ] || exit 0
apt_install /usr/bin/time:time strace:strace sqlite3:sqlite3 python3:python3 curl:curl plistutil:libplist-utils mdb_load:lmdb-utils \
  zsh:zsh fish:fish setpriv:util-linux script:bsdutils
python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3-venv:python3-venv

# Only promtool is wanted of the package, not the server that would start with it.
if ! command -v promtool >/dev/null 2>&1; then
  say "Installing promtool …"
  folder=$(mktemp -d)
  as_root apt-get -qq update >/dev/null
  (cd "$folder" && apt-get -qq download prometheus >/dev/null 2>&1 && dpkg -x prometheus_*.deb unpacked)
  as_root install -m 0755 "$folder/unpacked/usr/bin/promtool" /usr/local/bin/promtool
  rm -rf "$folder"
fi
bash test/machine/requirements.sh
bash test/release/requirements.sh
