#!/usr/bin/env bash
# Installs what the tests need beside Bun and the lockfile's packages; quick when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/bun.sh
. scripts/bun.sh

[ "$(uname -s)" = Linux ] || exit 0
apt_install strace:strace sqlite3:sqlite3 python3:python3 curl:curl plistutil:libplist-utils mdb_load:lmdb-utils \
  zsh:zsh fish:fish setpriv:util-linux script:bsdutils python3-venv:python3-venv
bash test/machine/requirements.sh
