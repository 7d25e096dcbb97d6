#!/usr/bin/env bash
# Installs what the tests need beside Bun and the lockfile's packages; quick when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/bun.sh
. scripts/bun.sh

[ "$(uname -s)" = Linux ] || exit 0
apt_install /usr/bin/time:time strace:strace sqlite3:sqlite3 python3:python3 curl:curl plistutil:libplist-utils mdb_load:lmdb-utils \
  zsh:zsh fish:fish setpriv:util-linux script:bsdutils tmux:tmux chromium-headless-shell:chromium-headless-shell \
  cc:gcc /usr/include/stdio.h:libc6-dev mke2fs:e2fsprogs chattr:e2fsprogs ip:iproute2 ps:procps
python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3-venv:python3-venv

# Only programs are wanted of these packages, not the services that would start with them. PACKAGE:PROGRAM…
for pair in prometheus:prometheus,promtool prometheus-node-exporter:prometheus-node-exporter prometheus-alertmanager:amtool; do
  package=${pair%%:*}
  IFS=, read -ra programs <<<"${pair#*:}"
  missing=()
  for program in "${programs[@]}"; do command -v "$program" >/dev/null 2>&1 || missing+=("$program"); done
  [ ${#missing[@]} -gt 0 ] || continue
  say "Installing ${missing[*]} …"
  folder=$(mktemp -d)
  as_root apt-get -qq update >/dev/null
  (cd "$folder" && apt-get -qq download "$package" >/dev/null 2>&1 && dpkg -x "$package"_*.deb unpacked)
  for program in "${missing[@]}"; do as_root install -m 0755 "$folder/unpacked/usr/bin/$program" "/usr/local/bin/$program"; done
  rm -rf "$folder"
done
# Ansible as test/ansible wants it, in a folder of its own.
ansible=${WNM_ANSIBLE:-$HOME/.cache/wnm-ansible}
if [ ! -x "$ansible/bin/ansible-lint" ]; then
  say "Installing Ansible …"
  apt_install ssh:openssh-client
  rm -rf "$ansible"
  python3 -m venv "$ansible"
  "$ansible/bin/pip" install -q --disable-pip-version-check ansible-core==2.19.14 ansible-lint==26.10.1
fi
bash test/machine/requirements.sh
bash test/release/requirements.sh
