#!/bin/sh
# Installs wnm, the Weave Node Manager, for the account that runs this script, and lets cron or systemd run it every minute.
#
#   curl -fsSL @RELEASES@/latest/download/install.sh | sh
#   curl -fsSL @RELEASES@/latest/download/install.sh | sh -s -- --dry-run
#
# What it changes, and nothing else:
#   1. one program: ~/.local/bin/wnm (root, or with --system: /usr/local/bin/wnm); the one before stays as wnm.previous
#   2. one marked line in this account's crontab, and the script that it runs (with --timer: two marked units of systemd;
#      macOS: one file in LaunchAgents); other lines are left alone
#   3. the folder of that line's log, which is kept below 2 MB (with --timer: none, systemd's journal has it)
# It touches no node and no colony, asks nothing, edits no shell file unless --modify-path, and uses sudo only for
# --system.
#
# What it trusts: this text. The sha256 of each program of its release stands below and decides, wherever the program
# comes from (WNM_MIRROR may name a mirror). Where minisign or OpenSSL 3 is there, the release's signature is
# checked too, with the key below; another release than this script's own is installed only with a good signature.
# The programs' checksums are signed as SHA256SUMS beside them; so is the checksum of this script.
#
# From this brace to its end the shell runs nothing before it has read all of it: half of a script that a line brings
# is half of a command. Without the brace the first letters of "make_folder" would run make.
{
set -u

VERSION='@VERSION@'
RELEASES='@RELEASES@'
# minisign's form; the same key is in the program, for --self_upgrade.
PUBLIC_KEY='@PUBLIC_KEY@'
CHECKSUMS='@CHECKSUMS@'
# The unpacked and the packed program together.
NEEDED_KIB='@NEEDED_KIB@'

MARK='# wnm: put here by its install.sh'
# A line that ends with it, as sed and grep read that; the program has the text in it too.
MARKED='# wnm: put here by its install\.sh[[:space:]]*$'
LAUNCHD_LABEL=wnm.every-minute
MAX_LINE=990
# Run by launchd as: sh -c RUNNER PROGRAM LOG. The log may fail (a full disk), the run must not.
# shellcheck disable=SC2016 # expanded by that sh
RUNNER='[ -e "$1" ] && [ "$(wc -c <"$1")" -gt 1000000 ] && mv -f "$1" "$1.1"; true >>"$1" && exec >>"$1" 2>&1; exec "$0"'

NO_SSE4_2='this CPU has no SSE4.2, which wnm needs: a machine from 2012 or later has it; a virtual machine gets it with the CPU type "host" (QEMU, Proxmox) instead of kvm64 or qemu64'

# What a broken line leaves of the last line must not pass for all of it.
WORDS_GIVEN=$#

usage() {
  cat <<USAGE
Installs wnm $VERSION and lets cron, or a timer of systemd, run it every minute.

  sh install.sh [options]          curl -fsSL URL | sh -s -- [options]

  --version X      install release X (or "latest") instead of $VERSION; needs minisign or OpenSSL 3
  --file FILE      install from a downloaded wnm-….gz or .xz of release $VERSION; needs no network
  --system         install to /usr/local/bin, with sudo if need be
  --timer          let a timer of systemd run it instead of cron: this account's, or as root the system's
  --on-failure U   with --timer: the unit U that systemd starts when a run fails (OnFailure=)
  --cron           let cron run it, where a timer does so now
  --no-cron        do not register wnm with cron, systemd or launchd
  --cron-only      only register it
  --modify-path    add the program's folder to PATH in ~/.profile (and the like)
  --uninstall      remove program and cron entry or timer; colony and nodes stay
  --dry-run        say what would be done; change nothing
  --help           this text

Environment: WNM_MIRROR, where releases are downloaded from instead of
             $RELEASES.
Exit codes: 0 done; 1 failed, nothing was changed; 2 wrong option;
            3 wnm is installed, but nothing runs it yet, or it is not in PATH: the last lines say why.
USAGE
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# This script again, as the reader would type it.
again() { # OPTION
  case $0 in
    *.sh) say "sh $(word "$0") $1" ;;
    *) if have curl; then say "curl -fsSL $base/download/v$VERSION/install.sh | sh -s -- $1"; else say "wget -qO- $base/download/v$VERSION/install.sh | sh -s -- $1"; fi ;;
  esac
}

quoted() {
  printf %s "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"
}

# Quoted for a shell only where it must be.
word() {
  case $1 in
    *[!A-Za-z0-9_./-]*) quoted "$1" ;;
    *) printf %s "$1" ;;
  esac
}

# --- options, account, machine ---------------------------------------------------------------------------------------

read_options() {
  task=install version=$VERSION file='' system='' cron=yes by='' on_failure='' modify_path='' dry_run=''
  while [ $# -gt 0 ]; do
    case $1 in
      --version=* | --file=* | --on-failure=*)
        option=${1%%=*} value=${1#*=}
        shift
        set -- "$option" "$value" "$@"
        continue
        ;;
      --version | --file | --on-failure)
        [ -n "${2-}" ] || usage_error "$1 needs a value"
        case $1 in --file) file=$2 ;; --version) version=${2#v} ;; *) on_failure=$2 ;; esac
        shift
        ;;
      --timer | --cron)
        case ${by:-${1#--}} in "${1#--}") by=${1#--} ;; *) usage_error "--timer and --cron exclude each other" ;; esac
        ;;
      --system) system=yes ;;
      --no-cron) cron='' ;;
      --cron-only) task=cron ;;
      --modify-path) modify_path=yes ;;
      --uninstall) task=uninstall ;;
      --dry-run) dry_run=yes ;;
      --help | -h) task=help ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  case $version in
    latest) ;;
    *[!0-9A-Za-z.-]* | *..* | '' | [!0-9]*) usage_error "--version: \"$version\" is no version" ;;
  esac
  if [ "$task" = cron ] && [ -z "$cron" ]; then usage_error "--cron-only and --no-cron exclude each other"; fi
  if [ -n "$by" ] && [ -z "$cron" ]; then usage_error "--$by and --no-cron exclude each other"; fi
  case $on_failure in
    '') ;;
    *[!A-Za-z0-9:_.@%-]*) usage_error "--on-failure: \"$on_failure\" is no name of a unit" ;;
    *) if [ "$by" != timer ]; then usage_error "--on-failure goes with --timer"; fi ;;
  esac
  if [ -n "$file" ] && [ "$version" != "$VERSION" ]; then
    usage_error "--file goes with release $VERSION only; take the install.sh of release $version"
  fi
}

usage_error() {
  warn "$1; --help shows the options"
  exit 2
}

find_account() {
  uid=$(id -u) || die "id does not tell who runs this"
  account=$(id -un 2>/dev/null) || account=$uid
  home=${HOME-}
  [ -n "$home" ] || home=$(home_of "$uid")
  case $home in
    '') die "the home folder is unknown; set HOME" ;;
    /*) ;;
    *) die "HOME=$home is no absolute path" ;;
  esac
  case $home in *"$NEWLINE"*) die "HOME has a line break in it" ;; esac
  while [ "$home" != "${home%/}" ] && [ "$home" != / ]; do home=${home%/}; done
  [ -d "$home" ] || die "HOME=$home is not there"
  # As under sudo without -H: files of root in a user's home would break what that user does later.
  # shellcheck disable=SC2012 # one known path, and only the number of its owner
  owner=$(ls -Lldn "$home/" 2>/dev/null | awk '{ print $3; exit }')
  if [ "$uid" = 0 ] && [ "$owner" != 0 ]; then
    die "HOME=$home does not belong to root; run this without sudo, or with: sudo -H sh"
  fi
}

home_of() {
  if have getent; then
    getent passwd "$1" | cut -d : -f 6
  elif [ "$(uname -s)" = Darwin ]; then
    dscl . -read "/Users/$(id -un)" NFSHomeDirectory 2>/dev/null | sed 's/^NFSHomeDirectory: //'
  else
    awk -F : -v uid="$1" '$3 == uid { print $6; exit }' /etc/passwd
  fi
}

find_platform() {
  os=$(uname -s) cpu=$(uname -m)
  case $os in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) die "wnm runs on Linux and macOS, not on $os" ;;
  esac
  case $cpu in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) die "wnm needs a CPU of type x86_64 or arm64, and this is $cpu" ;;
  esac
  if [ $os = linux ]; then
    [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] || die "this system is 32-bit; wnm needs a 64-bit one"
    if [ $cpu = x64 ] && grep -q '^flags' /proc/cpuinfo 2>/dev/null && ! grep -qw sse4_2 /proc/cpuinfo; then
      die "$NO_SSE4_2. Nothing was changed"
    fi
    find_libc
    target=linux-$cpu$libc
  else
    if [ $cpu = x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then cpu=arm64; fi
    release=$(sw_vers -productVersion 2>/dev/null) || release=
    case ${release%%.*} in
      [1-9] | 1[0-2]) die "wnm needs macOS 13 or later, and this is $release" ;;
    esac
    target=darwin-$cpu
  fi
  artefact=wnm-$target.gz
  # A fifth smaller, where it can be unpacked.
  if [ $os = linux ] && xz_works; then artefact=wnm-$target.xz; fi
}

# An empty file, packed with the checksum that wnm's have: busybox may name an xz that it cannot start.
xz_works() {
  have xz && printf '\375\067\172\130\132\000\000\001\151\042\336\066\000\000\000\000\034\337\104\041\220\102\231\015\001\000\000\000\000\001\131\132' | xz -dc >/dev/null 2>&1
}

# Sets libc to "-musl" or "". A file of the other library may lie about (gcompat, Debian's musl), so the loader that
# the system's own programs name goes first; only where those are static, the files count.
find_libc() {
  for program in /bin/sh /bin/ls /usr/bin/env; do
    loader=$(dd if="$program" bs=4096 count=1 2>/dev/null | tr -c 'A-Za-z0-9_./-' '\n' | grep '/ld-')
    case $loader in
      */ld-musl-*) libc=-musl && return ;;
      */ld-linux*) libc='' && return ;;
    esac
  done
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ]; then libc=-musl && return; fi
  done
  for loader in /lib64/ld-linux-* /lib/ld-linux-*; do
    if [ -e "$loader" ]; then libc='' && return; fi
  done
  die "no C library that wnm knows (glibc or musl) was found"
}

choose_places() {
  sudo=''
  bin=$home/.local/bin
  if [ -n "$system" ] || [ "$uid" = 0 ]; then bin=/usr/local/bin; fi
  if [ -n "$system" ] && [ "$uid" != 0 ]; then
    have sudo || die "--system needs root or sudo, and there is no sudo"
    sudo=sudo
  fi
  program=$bin/wnm
  if [ $os = darwin ]; then
    logs=$home/Library/Logs/wnm
    agents=$home/Library/LaunchAgents domain=gui/$uid
    if [ "$uid" = 0 ]; then logs=/Library/Logs/wnm agents=/Library/LaunchDaemons domain=system; fi
    plist=$agents/$LAUNCHD_LABEL.plist
    colonies="$home/Library/Application Support/autonomi$NEWLINE/Library/Application Support/autonomi"
  else
    logs=$home/.local/share/wnm
    if [ "$uid" = 0 ]; then logs=/var/log/wnm; fi
    colonies=$home/.local/share/autonomi$NEWLINE/var/antctl
  fi
  log=$logs/cron.log
  runner=$home/.local/share/wnm/every-minute units=$home/.config/systemd/user scope=--user
  if [ "$uid" = 0 ]; then
    runner=/var/lib/wnm/every-minute units=/etc/systemd/system scope=--system
  fi
  # Who starts wnm now goes on to do so.
  if [ -z "$by" ]; then
    by=cron
    if is_ours "$units/wnm.timer"; then by=timer; fi
  fi
  if [ $os = darwin ]; then
    if [ "$by" = timer ]; then die "--timer needs systemd; on macOS launchd runs wnm"; fi
    by=launchd
  fi
}

# --- folders that go away again when something fails -------------------------------------------------------------------

# Makes a folder and those above it, and remembers which are new. Says so when it fails.
make_folder() { # FOLDER [SUDO]
  [ -d "${1:-/}" ] && return
  case $1 in */*) make_folder "${1%/*}" "${2-}" || return 1 ;; esac
  ${2-} mkdir "$1" 2>/dev/null || [ -d "$1" ] || {
    warn "the folder $1 cannot be made; may $account write there?"
    return 1
  }
  made=$1$NEWLINE$made
}

# Makes a folder for this run alone: in the first folder that works.
make_scratch() {
  for folder in "$@"; do
    scratch=$folder/.wnm-install-$$
    (umask 077 && mkdir "$scratch") 2>/dev/null && return
  done
  scratch=''
  die "$1 cannot be written; may $account write there, and is the disk full? Nothing was changed"
}

tidy() {
  if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
  if [ -n "$staged" ]; then $sudo rm -f "$staged"; fi
  [ -n "$made" ] || return 0
  printf '%s' "$made" | while read -r folder; do $sudo rmdir "$folder" 2>/dev/null; done
}

# Removes what an installer that was killed left in the program's folder: 150 MB that no other would miss.
clear_leftovers() {
  for left in "$bin"/.wnm-install-* "$bin"/.wnm-staged-*; do
    pid=${left##*-}
    case $pid in *[!0-9]*) continue ;; esac
    if kill -0 "$pid" 2>/dev/null || [ -d "/proc/$pid" ]; then continue; fi
    $sudo rm -rf "$left"
  done
}

# What was made is wanted from here on.
keep_folders() { made=''; }

# --- getting the program -----------------------------------------------------------------------------------------------

download() { # URL FILE [PROGRESS]
  shown=--silent
  if [ -n "${3-}" ] && [ -t 2 ]; then shown=--progress-bar; fi
  (
    # 512 MB: an endless answer must not fill the disk.
    ulimit -f 1048576 2>/dev/null
    if have curl; then
      case $1 in https:*) protocols='=https' ;; *) protocols='=http,https' ;; esac
      curl --fail "$shown" --show-error --location --proto "$protocols" --proto-redir "$protocols" \
        --connect-timeout 20 --speed-limit 1000 --speed-time 60 --retry 2 --output "$2" "$1" </dev/null
    else
      # The wget of busybox knows less, and not everywhere the same.
      case $shown$(wget --help 2>&1) in
        --progress*--show-progress*) wget -q --show-progress -T 60 --tries=3 -O "$2" "$1" ;;
        --progress*BusyBox*) wget -O "$2" "$1" ;;
        *--tries*) wget -q -T 60 --tries=3 -O "$2" "$1" ;;
        *'-T SEC'*) wget -q -T 60 -O "$2" "$1" ;;
        *) wget -q -O "$2" "$1" ;;
      esac </dev/null
    fi
  ) && [ -s "$2" ]
}

get() { # NAME [PROGRESS]
  download "$source/$1" "$scratch/$1" "${2-}" && return
  disk_note
  die "$source/$1 could not be downloaded$note. Nothing was changed"
}

# Sets note to what is short on the disks that the program passes through; "" when nothing is, or df does not say.
disk_note() {
  note=''
  for folder in "$bin" "$scratch"; do
    free=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')
    case $free in
      '' | *[!0-9]*) ;;
      *)
        if [ "$free" -lt "$NEEDED_KIB" ]; then
          note=": the disk of $folder has $free KiB free, and $NEEDED_KIB are needed"
          return
        fi
        ;;
    esac
  done
}

sha256_of() {
  if have sha256sum; then
    sha256sum <"$1"
  elif have shasum; then
    shasum -a 256 <"$1"
  else
    openssl dgst -sha256 -r <"$1"
  fi | cut -d ' ' -f 1
}

checksum_of() { # NAME, from lines "CHECKSUM  NAME" on standard input
  while read -r checksum name; do
    if [ "$name" = "$1" ]; then printf '%s\n' "$checksum"; fi
  done
}

# Prints what can check a signature, if anything can. OpenSSL before 3 and LibreSSL cannot.
verifier() {
  if have minisign; then
    echo minisign
  elif have openssl; then
    case $(openssl version 2>/dev/null) in
      'OpenSSL '[3-9].*) openssl dgst -blake2b512 /dev/null >/dev/null 2>&1 && echo openssl ;;
    esac
  fi
}

# Prints the trusted comment of SHA256SUMS.minisig in the scratch folder; fails unless all of it is right.
signed_comment() {
  (
    cd "$scratch" || exit 1
    if [ "$(verifier)" = minisign ]; then
      minisign -V -Q -m SHA256SUMS -P "$PUBLIC_KEY"
    else
      openssl_verify
    fi
  ) 2>/dev/null </dev/null
}

# A minisign signature by hand: https://jedisct1.github.io/minisign/
openssl_verify() {
  decode() { openssl base64 -d -A; }
  skip() { dd bs=1 skip="$1" 2>/dev/null; }
  sed -n 2p SHA256SUMS.minisig | decode >packet || return 1
  case $(dd if=packet bs=1 count=2 2>/dev/null) in ED) ;; *) return 1 ;; esac
  skip 10 <packet >signature
  comment=$(sed -n '3s/^trusted comment: //p' SHA256SUMS.minisig)
  sed -n 4p SHA256SUMS.minisig | decode >comment_signature || return 1
  # DER of an Ed25519 key: its fixed beginning, then 32 bytes.
  { printf '\060\052\060\005\006\003\053\145\160\003\041\000' && printf %s "$PUBLIC_KEY" | decode | skip 10; } >key
  openssl dgst -blake2b512 -binary SHA256SUMS >digest || return 1
  { cat signature && printf %s "$comment"; } >commented
  verify_with_key digest signature && verify_with_key commented comment_signature && printf '%s\n' "$comment"
}

verify_with_key() { # DATA SIGNATURE
  openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in "$1" -sigfile "$2" >/dev/null
}

# Sets version and expected (the sha256 of the artefact), from this script and from the signed list.
find_checksum() {
  verified="the checksum in this script"
  if [ -n "$file" ]; then
    # The file may have any name: it is the artefact whose checksum it has.
    found=$(sha256_of "$file")
    for artefact in "wnm-$target.xz" "wnm-$target.gz"; do
      expected=$(printf '%s\n' "$CHECKSUMS" | checksum_of "$artefact")
      [ "$found" != "$expected" ] || return 0
    done
    return
  fi
  expected=$(printf '%s\n' "$CHECKSUMS" | checksum_of "$artefact")
  if [ -z "$(verifier)" ]; then
    [ "$version" = "$VERSION" ] ||
      die "only release $VERSION can be installed here, for neither minisign nor OpenSSL 3 is there to check another; take that release's own install.sh"
    say "The signature is not checked, for neither minisign nor OpenSSL 3 is here; the checksum in this script is."
    return
  fi
  source=$base/download/v$version
  if [ "$version" = latest ]; then source=$base/latest/download; fi
  get SHA256SUMS
  get SHA256SUMS.minisig
  comment=$(signed_comment) || die "the signature of $source/SHA256SUMS is wrong. Nothing was changed"
  if [ "$version" = latest ]; then
    version=${comment#wnm }
    # An old list is rightly signed too.
    is_older "$version" && die "$base offers wnm $version as its latest, which is older than this script's; --version $version would take it. Nothing was changed"
  fi
  [ "$comment" = "wnm $version" ] || die "$source/SHA256SUMS belongs to \"$comment\", not to wnm $version. Nothing was changed"
  signed=$(checksum_of "$artefact" <"$scratch/SHA256SUMS")
  # A release from before there was xz.
  if [ -z "$signed" ]; then
    artefact=wnm-$target.gz
    signed=$(checksum_of "$artefact" <"$scratch/SHA256SUMS")
  fi
  if [ "$version" = "$VERSION" ]; then
    [ "$signed" = "$expected" ] || die "$source/SHA256SUMS and this script differ about $artefact. Nothing was changed"
  fi
  expected=$signed
  verified="the checksum in SHA256SUMS, whose signature is right ($(verifier))"
  if [ "$version" = "$VERSION" ]; then verified="the checksum in this script and $verified"; fi
}

# The version is lower than this script's.
is_older() {
  awk -v one="$1" -v two="$VERSION" 'BEGIN {
    split(one, a, /[.-]/); split(two, b, /[.-]/)
    for (i = 1; i <= 3; i++) if (a[i] + 0 != b[i] + 0) exit a[i] + 0 > b[i] + 0
    exit 1
  }'
}

# Puts the verified program, unpacked, into the scratch folder.
obtain() {
  source=$base/download/v$version
  if [ -n "$file" ]; then
    packed=$file
  else
    disk_note
    [ -z "$note" ] || die "nothing was downloaded$note. Nothing was changed"
    say "Downloading $source/$artefact"
    get "$artefact" progress
    packed=$scratch/$artefact
  fi
  found=$(sha256_of "$packed")
  [ "$found" = "$expected" ] || die "$packed is not $artefact of wnm $version: its sha256 is $found, and $expected is right. Nothing was changed"
  say "Verified: $artefact has $verified."
  case $artefact in *.xz) unpack=xz ;; *) unpack=gzip ;; esac
  if ! $unpack -dc <"$packed" >"$scratch/wnm" 2>/dev/null; then
    disk_note
    die "$packed could not be unpacked to $bin$note. Nothing was changed"
  fi
  chmod 755 "$scratch/wnm"
}

# Fails unless the program starts here and says its version.
check_runs() {
  printed=$(env -i HOME="$home" PATH=/usr/bin:/bin "$1" --version 2>&1 </dev/null)
  code=$?
  if [ $code = 0 ] && [ "$printed" = "wnm version $version" ]; then return; fi
  # An illegal instruction, where /proc/cpuinfo does not tell.
  if [ $code = 132 ] && [ $cpu = x64 ]; then warn "$NO_SSE4_2"; fi
  case $libc$printed in
    *libstdc++* | *libgcc* | -musl*'not found'*) warn "wnm needs the C++ library; as root: apk add libstdc++" ;;
    *'ermission denied'*) warn "programs in $bin may not run; is it mounted noexec?" ;;
  esac
  die "wnm $version does not run on this machine: ${printed:-it printed nothing and ended with $code}. Nothing was changed"
}

# What stands at the program's place now: "nothing", "ours", or "another" (as Python's wnm).
present() {
  if [ ! -e "$program" ] && [ ! -h "$program" ]; then
    echo nothing
  elif [ ! -h "$program" ] && grep -qF "$MARK" "$program" 2>/dev/null; then
    echo ours
  else
    echo another
  fi
}

install_program() {
  if [ -d "$program" ]; then die "$program is a folder. Nothing was changed"; fi
  have gzip || have xz || die "gzip is missing; install it"
  have sha256sum || have shasum || have openssl || die "sha256sum is missing; install it (coreutils)"
  if [ -z "$file" ]; then
    have curl || have wget || die "curl or wget is needed; or download $artefact and give it with --file"
  elif [ ! -r "$file" ] || [ -d "$file" ]; then
    die "the file $file cannot be read. Nothing was changed"
  fi
  if [ -n "$dry_run" ]; then
    say "Would install wnm $version (${file:-$base/download/v$version/$artefact}) as $program${sudo:+, with sudo}."
    if [ "$(present)" = another ]; then say "Would keep what is there now as $program.before."; fi
    return
  fi
  make_folder "$bin" $sudo || die "so nothing was changed"
  clear_leftovers
  if [ -n "$sudo" ]; then make_scratch "${TMPDIR:-/tmp}" /tmp; else make_scratch "$bin"; fi
  find_checksum
  obtain
  staged=$bin/.wnm-staged-$$
  $sudo mv -f "$scratch/wnm" "$staged" || die "$bin cannot be written${sudo:+ with sudo}. Nothing was changed"
  if [ -n "$sudo" ]; then sudo chown 0:0 "$staged" || die "$staged cannot be given to root. Nothing was changed"; fi
  check_runs "$staged"
  # After a power cut the name must not lead to an empty file.
  sync "$staged" 2>/dev/null
  put_in_place
  keep_folders
  say "wnm $version is installed: $program"
}

put_in_place() {
  case $(present) in
    ours)
      $sudo ln -f "$program" "$program.previous" 2>/dev/null || $sudo cp -p "$program" "$program.previous" ||
        die "$program.previous cannot be written. Nothing was changed"
      ;;
    another)
      if ! { $sudo rm -f "$program.before" && $sudo cp -pP "$program" "$program.before"; }; then
        die "$program.before cannot be written. Nothing was changed"
      fi
      say "What was $program is now $program.before; --uninstall puts it back."
      ;;
  esac
  # In one step: whoever starts wnm meanwhile gets the old or the new program, and a running one stays as it is.
  $sudo mv -f "$staged" "$program" || die "$program cannot be replaced"
  staged=''
}

# --- every minute --------------------------------------------------------------------------------------------------------

search_path() {
  printf %s "$home/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

# It is a file of its own so that the line in the crontab is short. Nothing of cron's or the user's environment reaches
# wnm: a variable such as BUN_OPTIONS could make it another program. The log may fail (a full disk), the run must not.
runner_text() {
  cat <<SCRIPT
#!/bin/sh
# Cron runs this every minute. $MARK
PATH=/usr/bin:/bin
log=$(quoted "$log")
if [ -e "\$log" ] && [ "\$(wc -c <"\$log")" -gt 1000000 ]; then mv -f "\$log" "\$log.1"; fi
true >>"\$log" && exec >>"\$log" 2>&1
exec /usr/bin/env -i HOME=$(quoted "$home") PATH=$(quoted "$(search_path)") $(quoted "$program")
SCRIPT
}

cron_line() { printf '* * * * * /bin/sh %s %s\n' "$(word "$runner")" "$MARK"; }

# Sets table to the crontab's text and a dot, which keeps $( ) from taking its last line breaks. It goes through
# variables and pipes alone: on a full disk a file would hold less of it. "None" is an empty text; that it cannot be
# read must never be taken for that.
read_crontab() {
  table=$(crontab -l 2>/dev/null </dev/null && echo .) && return
  said=$(crontab -l 2>&1 </dev/null)
  case $said in
    *[Nn]'o crontab'* | *[Nn]'o such file'*) table=. ;;
    *)
      warn "the crontab of $account cannot be read: $said"
      return 1
      ;;
  esac
}

write_crontab() { # TEXT
  if [ -n "$1" ]; then
    printf %s "$1" | crontab -
  else
    crontab -r </dev/null
  fi
}

# Text and a dot, without the marked lines.
without_marked() { printf %s "${1%.}" | sed "/$MARKED/d" && echo .; }

# The lines of a crontab that are this script's, or with "others" all but those. A marked line that somebody has made
# run something else too is not; --release of wnm sorts them the same way. Words in quotes are not looked at.
crontab_lines() { # ours | others
  if [ "$1" = ours ]; then ours=p others=d; else ours=d others=p; fi
  # shellcheck disable=SC2016 # patterns of sed
  sed -n -e "/$MARKED/!b not" -e h -e 's/\\.//g' -e "s/'[^']*'//g" -e '/`/b restore' -e '/\$(/b restore' \
    -e 's/"[^"]*"//g' -e 's/[0-9]*[<>]&[0-9-]*//g' -e '/[;&|]/b restore' -e g -e $ours -e d \
    -e ':restore' -e g -e ':not' -e $others
}

# Text and a dot, without this script's lines.
without_ours() { printf %s "${1%.}" | crontab_lines others && echo .; }

# Registers the line, or removes it. Fails, having changed nothing, when cron does not take it.
set_cron() { # add | remove
  have crontab || {
    [ "$1" = remove ] && return
    warn "crontab is missing; as root: $(package_command)"
    return 1
  }
  read_crontab || return 1
  old=$table
  new=$(without_ours "$old") || return 1
  new=${new%.}
  ours=$(printf %s "${old%.}" | crontab_lines ours)
  if [ "$1" = add ]; then
    line=$(cron_line)
    may_add || return 1
    if [ -z "$dry_run" ]; then
      if ! { make_folder "${runner%/*}" && rewrite "$runner" "$(runner_text && echo .)"; }; then
        warn "$runner cannot be written"
        return 1
      fi
    fi
    [ "$ours" != "$line" ] || return 0
    case $new in '' | *"$NEWLINE") ;; *) new=$new$NEWLINE ;; esac
    new=$new$line$NEWLINE
  elif [ -z "$ours" ]; then
    remove_runner
    return
  fi
  if [ -n "$dry_run" ]; then
    if [ "$1" = add ]; then say "Would add to the crontab of $account:" && say "$line"; fi
    if [ "$1" = remove ]; then say "Would remove from the crontab of $account:" && say "$ours"; fi
    return
  fi
  write_crontab "$new" || { warn "crontab refused the change" && return 1; }
  read_crontab || return 1
  if [ "$table" != "$new." ]; then
    write_crontab "${old%.}"
    warn "cron kept another crontab than it was given; the old one was put back"
    return 1
  fi
  if [ "$1" = remove ]; then remove_runner; fi
}

remove_runner() {
  [ -z "$dry_run" ] || return 0
  rm -f "$runner"
  rmdir "${runner%/*}" 2>/dev/null || return 0
}

# Fails, and says why, when the line may not be added to the crontab.
may_add() {
  case $home in
    *%*)
      warn "HOME=$home has a % in it, which a crontab cannot hold"
      return 1
      ;;
  esac
  if [ ${#line} -gt $MAX_LINE ]; then
    warn "the path $home is too long for a line of a crontab"
    return 1
  fi
  # A marked line of an older release is replaced; one that was commented out is meant so.
  if [ -n "$ours" ] && ! printf '%s\n' "$ours" | grep -qv '^[[:space:]]*#'; then
    warn "the line for wnm in the crontab of $account is commented out, and stays so; crontab -e brings it back"
    return 1
  fi
  refuse_foreign
}

# Fails, and says why, when the crontab without this script's lines, in new, starts wnm.
refuse_foreign() {
  foreign=$(printf %s "$new" | runs_wnm)
  [ -n "$foreign" ] || return 0
  warn "the crontab of $account has a line of its own that runs wnm:"
  warn "  $foreign"
  warn "two would be one too many: remove it with crontab -e"
  return 1
}

# Prints the lines of a crontab in which a word is wnm, or the path of such a program, and wnm is not only asked for a
# report.
runs_wnm() {
  grep -v '^[[:space:]]*#' | while IFS= read -r entry; do
    printf '%s\n' "$entry" | sed 's/[[:space:]]#.*$//' | tr ';&|()' '\n' | while IFS= read -r part; do
      case $part in
        *--report* | *--dry[_-]run* | *--version* | *--help* | *--export[_-]keys* | *--print[_-]sudoers*) continue ;;
      esac
      # A word that is only said.
      case ${part#"${part%%[! ]*}"} in echo\ * | printf\ * | logger\ * | mail\ * | pgrep\ * | test\ *) continue ;; esac
      printf '%s\n' "$part" | tr '"'\''<>\t ' '\n' | while read -r word; do
        case $word in
          wnm | [~\$]*/wnm | */wnm/every-minute) echo yes ;;
          */wnm) if [ -f "$word" ] && [ -x "$word" ]; then echo yes; fi ;;
        esac
      done
    done | grep -q yes && printf '%s\n' "$entry"
  done
}

package_command() {
  if have apt-get; then
    echo "apt-get install cron"
  elif have dnf; then
    echo "dnf install cronie && systemctl enable --now crond"
  elif have apk; then
    echo "apk add busybox-openrc && rc-update add crond && rc-service crond start"
  elif have pacman; then
    echo "pacman -S cronie && systemctl enable --now cronie"
  elif have zypper; then
    echo "zypper install cron"
  else
    echo "install a cron daemon"
  fi
}

cron_runs() {
  for comm in /proc/[0-9]*/comm; do
    read -r name <"$comm" || continue
    case $name in cron | crond | fcron | dcron) return ;; esac
  done 2>/dev/null
  # Where /proc hides the processes of others.
  for unit in cron crond cronie cron.target; do
    if systemctl is-active --quiet "$unit"; then return; fi
  done 2>/dev/null
  return 1
}

escaped_xml() {
  printf %s "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
}

# AbandonProcessGroup: launchd must not end the nodes that a run leaves behind.
launchd_plist() {
  cat <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>$LAUNCHD_LABEL</string>
  <key>ProgramArguments</key>
  <array>
    <string>/usr/bin/env</string>
    <string>-i</string>
    <string>HOME=$(escaped_xml "$home")</string>
    <string>PATH=$(escaped_xml "$(search_path)")</string>
    <string>/bin/sh</string>
    <string>-c</string>
    <string>$(escaped_xml "$RUNNER")</string>
    <string>$(escaped_xml "$program")</string>
    <string>$(escaped_xml "$log")</string>
  </array>
  <key>StartInterval</key><integer>60</integer>
  <key>RunAtLoad</key><true/>
  <key>AbandonProcessGroup</key><true/>
</dict>
</plist>
PLIST
}

set_launchd() { # add | remove
  if [ -n "$dry_run" ]; then
    if [ "$1" = add ]; then say "Would write $plist:" && launchd_plist; else say "Would remove $plist."; fi
    return
  fi
  if [ "$1" = remove ]; then
    launchctl bootout "$domain/$LAUNCHD_LABEL" >/dev/null 2>&1
    rm -f "$plist"
    return
  fi
  make_folder "$agents" || return 1
  if [ -z "$scratch" ]; then make_scratch "$agents"; fi
  if ! { launchd_plist >"$scratch/plist" && mv -f "$scratch/plist" "$plist"; }; then
    warn "$plist cannot be written"
    return 1
  fi
  chmod 644 "$plist"
  launchctl bootout "$domain/$LAUNCHD_LABEL" >/dev/null 2>&1
  launchctl bootstrap "$domain" "$plist" || {
    warn "launchd did not take $plist; log in at the Mac's screen and run: launchctl bootstrap $domain \"$plist\""
    return 1
  }
}

# --- a timer of systemd ------------------------------------------------------------------------------------------------

is_ours() { grep -q -e "$MARKED" "$1" 2>/dev/null; } # FILE

# The user's systemd is found by XDG_RUNTIME_DIR, which su and cron do not set.
ask_systemd() { XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$uid} systemctl "$scope" "$@"; }

# A word of a command line in a unit. systemd.service(5), COMMAND LINES; systemd.unit(5), SPECIFIERS.
unit_word() {
  printf '"%s"' "$(printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g; s/%/%%/g; s/\$/$$/g')"
}

# KillMode: nodes that a run starts without a manager outlive it. 75: another wnm was at work. The log levels keep what
# systemd itself says of each start out of the journal, and wnm's lines in it.
service_text() {
  cat <<UNIT
# ${MARK#\# }
[Unit]
Description=wnm looks after the nodes, once
Documentation=$RELEASES
${on_failure:+OnFailure=$on_failure
}
[Service]
Type=oneshot
ExecStart=/usr/bin/env -i $(unit_word "HOME=$home") $(unit_word "PATH=$(search_path)") $(unit_word "$program")
SuccessExitStatus=75
KillMode=process
OOMPolicy=continue
SyslogLevel=notice
LogLevelMax=notice
UNIT
}

timer_text() {
  cat <<UNIT
# ${MARK#\# }
[Unit]
Description=wnm every minute

[Timer]
OnCalendar=*-*-* *:*:00
AccuracySec=1s

[Install]
WantedBy=timers.target
UNIT
}

set_timer() { # add | remove
  if [ "$1" = remove ]; then
    remove_timer
    return
  fi
  [ -d /run/systemd/system ] || {
    warn "systemd does not run this machine, so it has no timers; --cron lets cron run wnm"
    return 1
  }
  for unit in "$units/wnm.timer" "$units/wnm.service"; do
    if [ -e "$unit" ] && ! is_ours "$unit"; then
      warn "$unit is not of this installer, so it stays, and wnm gets no timer"
      return 1
    fi
  done
  # A crontab that starts wnm too would be one too many.
  if have crontab; then
    read_crontab || return 1
    new=$(without_ours "$table") && new=${new%.}
    refuse_foreign || return 1
  fi
  if [ -n "$dry_run" ]; then
    say "Would write $units/wnm.service:" && service_text
    say "Would write $units/wnm.timer:" && timer_text
    return
  fi
  # What an earlier installation was told stays.
  if [ -z "$on_failure" ]; then on_failure=$(sed -n 's/^OnFailure=//p' "$units/wnm.service" 2>/dev/null); fi
  if ! { make_folder "$units" && rewrite "$units/wnm.service" "$(service_text && echo .)" &&
    rewrite "$units/wnm.timer" "$(timer_text && echo .)"; }; then
    warn "$units cannot be written"
    return 1
  fi
  chmod 644 "$units/wnm.service" "$units/wnm.timer"
  { ask_systemd daemon-reload && ask_systemd enable --now wnm.timer; } >/dev/null 2>&1 || {
    warn "systemd did not take $units/wnm.timer; see why: systemctl $scope enable --now wnm.timer"
    return 1
  }
}

remove_timer() {
  is_ours "$units/wnm.timer" || is_ours "$units/wnm.service" || return 0
  if [ -n "$dry_run" ]; then
    say "Would remove $units/wnm.timer and $units/wnm.service."
    return
  fi
  # Where this account's systemd does not run, the link that enables the timer is all there is.
  ask_systemd disable --now wnm.timer >/dev/null 2>&1
  rm -f "$units/timers.target.wants/wnm.timer"
  for unit in "$units/wnm.timer" "$units/wnm.service"; do
    if is_ours "$unit"; then rm -f "$unit" || return 1; fi
  done
  ask_systemd daemon-reload >/dev/null 2>&1
  return 0
}

set_schedule() { # add | remove
  if [ "$1" = add ] && [ "$by" != timer ] && [ -z "$dry_run" ] && [ ! -d "$logs" ]; then
    make_folder "$logs" || return 1
    chmod 700 "$logs"
  fi
  if [ $os = darwin ]; then
    set_launchd "$1"
  elif [ "$1" = remove ]; then
    set_timer remove && set_cron remove
  elif [ "$by" = timer ]; then
    set_timer add && set_cron remove
  else
    set_cron add && set_timer remove
  fi
}

register() {
  if [ ! -x "$program" ] && [ -z "$dry_run" ]; then die "$program is not there; run this script without --cron-only"; fi
  if ! set_schedule add; then
    unfinished=yes
    return
  fi
  [ -z "$dry_run" ] || return 0
  keep_folders
  if [ $os = darwin ]; then
    say "launchd runs it every minute; log: $log"
    return
  fi
  if [ "$by" = timer ]; then
    user_option=''
    if [ $scope = --user ]; then user_option='--user '; fi
    say "A timer of systemd runs it every minute; log: journalctl ${user_option}-u wnm"
    return
  fi
  say "cron runs it every minute; log: $log"
  if ! cron_runs; then
    unfinished=yes
    warn "but cron itself does not run; as root: $(start_cron_command)"
  fi
}

start_cron_command() {
  if [ -d /run/systemd/system ]; then
    for unit in cron crond cronie; do
      if systemctl cat "$unit" >/dev/null 2>&1; then echo "systemctl enable --now $unit" && return; fi
    done
  elif have rc-service; then
    echo "rc-update add crond && rc-service crond start" && return
  elif [ -x /etc/init.d/cron ]; then
    echo "service cron start" && return
  elif have crond; then
    echo "crond" && return
  fi
  package_command
}

# --- PATH, advice, uninstall -----------------------------------------------------------------------------------------------

shell_files() {
  printf '%s\n' "$home/.profile"
  for shell_file in "$home/.bash_profile" "$home/.bash_login"; do
    if [ -e "$shell_file" ]; then printf '%s\n' "$shell_file"; fi
  done
  case ${SHELL-} in */zsh) printf '%s\n' "$home/.zprofile" ;; esac
}

# Gives a file another text, whole or not at all.
rewrite() { # FILE TEXT-AND-A-DOT
  copy=$1.wnm-$$
  if { [ ! -e "$1" ] || cp -p "$1" "$copy"; } 2>/dev/null && printf %s "${2%.}" 2>/dev/null >"$copy" &&
    [ "$(cat "$copy" && echo .)" = "$2" ] && mv -f "$copy" "$1"; then
    return
  fi
  rm -f "$copy"
  return 1
}

add_to_path() {
  # shellcheck disable=SC2016 # $PATH is for the shell that reads the file
  path_line="PATH=$(quoted "$bin"):"'"$PATH"'" $MARK"
  shell_files | while read -r shell_file; do
    if grep -q -e "$MARKED" "$shell_file" 2>/dev/null; then continue; fi
    if [ -n "$dry_run" ]; then
      say "Would add $bin to PATH in $shell_file."
      continue
    fi
    text=
    if [ -e "$shell_file" ]; then text=$(cat "$shell_file" && echo .) || exit 1; fi
    text=${text%.}
    case $text in '' | *"$NEWLINE") ;; *) text=$text$NEWLINE ;; esac
    if [ -h "$shell_file" ]; then
      say "Add this line to $shell_file yourself, for it is a link: $path_line"
    elif rewrite "$shell_file" "$text$path_line$NEWLINE."; then
      say "$bin is added to PATH in $shell_file; it counts from your next login on."
    else
      warn "$shell_file cannot be written; $bin is not in PATH yet"
      exit 1
    fi
  done
}

remove_from_path() {
  for shell_file in "$home/.profile" "$home/.bash_profile" "$home/.bash_login" "$home/.zprofile"; do
    grep -q -e "$MARKED" "$shell_file" 2>/dev/null || continue
    if [ -n "$dry_run" ]; then
      say "Would remove the marked line from $shell_file."
    elif [ -h "$shell_file" ]; then
      say "Remove this line from $shell_file yourself, for it is a link: $(grep -e "$MARKED" "$shell_file")"
    elif ! { text=$(cat "$shell_file" && echo .) && text=$(without_marked "$text") && rewrite "$shell_file" "$text"; }; then
      warn "$shell_file cannot be written; its line marked \"$MARK\" stays"
    fi
  done
}

advise() {
  command=wnm
  case :${PATH-}: in
    *:"$bin":*) ;;
    *)
      command=$(word "$program")
      # shellcheck disable=SC2016 # for the reader's shell
      if [ -z "$modify_path" ]; then say "$bin is not in your PATH. To call wnm by its name: export PATH=$(word "$bin")"':"$PATH"'; fi
      ;;
  esac
  if [ $os = linux ] && [ "$uid" != 0 ] && [ -d /run/systemd/system ] && [ ! -e "/var/lib/systemd/linger/$account" ]; then
    say "Without lingering, systemd ends your nodes when you log out. Once, as root: loginctl enable-linger $account"
  fi
  if [ ! -x "$home/.local/bin/antnode" ] && [ ! -x "$home/.local/bin/ant-node" ]; then
    say "antnode is not at $home/.local/bin/antnode yet. To get a node program: $command --get_node"
  fi
  found=$(printf '%s\n' "$colonies" | while read -r colony; do
    if [ -e "$colony/colony.db" ]; then say "The colony at $colony is as it was."; fi
  done)
  if [ -n "$found" ]; then
    say "$found"
    say "Next: $command --dry_run shows what the next run would do."
  else
    say "Next: $command --init --rewards_address 0xYOUR_ADDRESS"
  fi
}

uninstall() {
  # First what starts the program: while it is there, so must be the program.
  set_schedule remove || die "so nothing was removed"
  if [ -z "$dry_run" ]; then clear_leftovers; fi
  case $(present) in
    nothing)
      say "There is no $program."
      if [ -e /usr/local/bin/wnm ]; then say "There is a /usr/local/bin/wnm; --uninstall --system removes it."; fi
      ;;
    another) say "$program is not of this installer; it stays." ;;
    ours)
      if [ -n "$dry_run" ]; then
        say "Would remove $program."
      else
        $sudo rm -f "$program" "$program.previous" || die "$program cannot be removed; may $account write there? (--system uses sudo)"
        say "$program is removed."
        if [ -e "$program.before" ] || [ -h "$program.before" ]; then
          $sudo mv -f "$program.before" "$program" && say "What was there before is back."
        fi
      fi
      ;;
  esac
  remove_from_path
  printf '%s\n' "$colonies" | while read -r colony; do
    if [ -e "$colony" ]; then say "The colony stays, and its nodes go on: $colony"; fi
  done
  if [ -e "$log" ]; then say "The log stays: $logs"; fi
}

main() {
  [ $# = "$WORDS_GIVEN" ] || die "this script arrived incomplete; try again"
  LC_ALL=C NEWLINE='
'
  export LC_ALL
  unset CDPATH
  IFS=" 	$NEWLINE"
  scratch='' staged='' made='' unfinished='' incomplete=''
  case $VERSION in *@*) die "this is the template of the installer; releases have the real one" ;; esac
  read_options "$@"
  if [ "$task" = help ]; then
    usage
    return
  fi
  base=${WNM_MIRROR:-$RELEASES}
  base=${base%/}
  umask 022
  find_account
  libc=''
  find_platform
  choose_places
  trap tidy EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  case $task in
    uninstall)
      uninstall
      return
      ;;
    install) install_program ;;
  esac
  if [ -n "$cron" ]; then register; fi
  if [ -n "$modify_path" ]; then add_to_path || incomplete=yes; fi
  if [ -n "$dry_run" ]; then
    say "Nothing was changed."
    return
  fi
  advise
  if [ -n "$unfinished" ]; then
    warn "nothing runs wnm every minute yet; after what is said above, run: $(again --cron-only)"
  fi
  [ -z "$unfinished$incomplete" ] || exit 3
}

} # the end of the brace above

main "$@"
