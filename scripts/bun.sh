# shellcheck shell=bash
# To be sourced: makes the pinned Bun of bun.lock the `bun` of PATH, and installs the packages of the lockfile.
# Bun comes from PATH when it has that version, else through npm with the lockfile's checksum, else from Bun's own
# installer. Nothing is installed globally: it goes to .tools in the checkout.

wnm_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
wnm_bun_version=$(sed -n 's/^ *"bun": \["bun@\([0-9.]*\)".*/\1/p' "$wnm_root/bun.lock")
wnm_bun_home=$wnm_root/.tools/bun-$wnm_bun_version

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
may_be_root() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }

# Installs Debian packages that are missing: apt_install COMMAND:PACKAGE ...
apt_install() {
  local pair missing=()
  for pair in "$@"; do command -v "${pair%%:*}" >/dev/null 2>&1 || [ -e "${pair%%:*}" ] || missing+=("${pair#*:}"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null 2>&1 || { say "These packages are missing: ${missing[*]}"; return 1; }
  may_be_root || { say "These packages are missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}"; return 1; }
  say "Installing ${missing[*]} …"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# The name of the package that holds Bun's program for this machine.
bun_package() {
  local os cpu libc=
  case $(uname -s) in Linux) os=linux ;; Darwin) os=darwin ;; *) die "Bun has no build for $(uname -s)" ;; esac
  case $(uname -m) in x86_64 | amd64) cpu=x64 ;; aarch64 | arm64) cpu=aarch64 ;; *) die "Bun has no build for $(uname -m)" ;; esac
  if [ "$os" = linux ] && compgen -G '/lib/ld-musl-*' >/dev/null && ! compgen -G '/lib*/ld-linux-*' >/dev/null; then libc=-musl; fi
  echo "@oven/bun-$os-$cpu$libc"
}

is_pinned() { [ "$("$1" --version 2>/dev/null)" = "$wnm_bun_version" ]; }

bun_through_npm() {
  local package checksum
  command -v npm >/dev/null 2>&1 || return 1
  package=$(bun_package)
  checksum=$(sed -n "s|^ *\"$package\": .*\"\\(sha512-[^\"]*\\)\"\\].*|\\1|p" "$wnm_root/bun.lock")
  [ -n "$checksum" ] || { say "bun.lock has no checksum of $package"; return 1; }
  say "Getting Bun $wnm_bun_version through npm …"
  mkdir -p "$wnm_bun_home"
  npm install --prefix "$wnm_bun_home" --ignore-scripts --no-audit --no-fund --loglevel=error \
    "$package@$wnm_bun_version" >/dev/null || return 1
  grep -qF "$checksum" "$wnm_bun_home/package-lock.json" || die "The package $package@$wnm_bun_version has another checksum than bun.lock says."
  mkdir -p "$wnm_bun_home/bin"
  ln -sf "../node_modules/$package/bin/bun" "$wnm_bun_home/bin/bun"
}

bun_through_installer() {
  apt_install curl:curl unzip:unzip /etc/ssl/certs/ca-certificates.crt:ca-certificates || return 1
  say "Getting Bun $wnm_bun_version from its own installer …"
  local script
  script=$(curl -fsSL --max-time 60 https://bun.sh/install) || return 1
  HOME=$wnm_bun_home BUN_INSTALL=$wnm_bun_home SHELL=/bin/sh bash -c "$script" bun-install "bun-v$wnm_bun_version" >/dev/null
}

# The last resort where even npm is missing and Bun's installer cannot be reached.
npm_then_bun() { ! command -v npm >/dev/null 2>&1 && apt_install npm:npm && bun_through_npm; }

get_bun() {
  if is_pinned bun; then return; fi
  if ! is_pinned "$wnm_bun_home/bin/bun"; then
    bun_through_npm || bun_through_installer || npm_then_bun ||
      die "Bun $wnm_bun_version cannot be had here: install npm, or curl and unzip, and have a network."
  fi
  PATH=$wnm_bun_home/bin:$PATH
  is_pinned bun || die "Bun $wnm_bun_version was installed to $wnm_bun_home but does not run."
}

get_bun
cd "$wnm_root" || exit 1
bun install --frozen-lockfile --silent || die "The packages of bun.lock cannot be installed."
PATH=$wnm_root/node_modules/.bin:$PATH
