#!/usr/bin/env bash
# Installs what the tests of releases need, on Debian or Ubuntu; quick if everything is installed.
set -euo pipefail

PACKAGES=(minisign openssl shellcheck dash busybox-static qemu-user-static libc6-arm64-cross mmdebstrap
  binutils binutils-aarch64-linux-gnu python3-minimal curl wget xz-utils)

missing=()
for package in "${PACKAGES[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
root=()
[ "$(id -u)" = 0 ] || root=(sudo -n)
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
