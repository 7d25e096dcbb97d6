#!/usr/bin/env bash
# Installs what machine.sh needs on this host (Debian or Ubuntu) and does not have yet.
set -euo pipefail

die() {
  echo "requirements.sh: $*" >&2
  exit 1
}

# COMMAND:PACKAGE
needs=(
  mmdebstrap:mmdebstrap
  unshare:util-linux
  nsenter:util-linux
  setpriv:util-linux
  flock:util-linux
  findmnt:util-linux
  mountpoint:util-linux
  mount:mount
  ip:iproute2
  mke2fs:e2fsprogs
)

[ "$(uname -s)" = Linux ] || die "this needs Linux"
PATH=$PATH:/usr/sbin:/sbin
missing=()
for need in "${needs[@]}"; do
  command -v "${need%%:*}" >/dev/null || missing+=("${need#*:}")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

command -v apt-get >/dev/null || die "${missing[*]} missing, and there is no apt-get to install it with: use Debian or Ubuntu"
as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || die "${missing[*]} missing: run this as root, or with a sudo that asks for no password"
  as_root=(sudo -n "${as_root[@]}")
fi
"${as_root[@]}" apt-get update -qq || die "apt-get update failed"
"${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
  die "apt-get could not install ${missing[*]}"
