#!/usr/bin/env bash
# A throw-away machine with a real systemd, cron, ufw and sudo, made of Linux namespaces.
#
#   machine.sh build                 make the root file system, unless it is cached
#   machine.sh boot                  switch the machine on (builds if needed) and wait until it is up
#   machine.sh exec [-u USER] [--] CMD…
#                                    run CMD inside: as root, or in a login session of USER (ant, bob)
#   machine.sh peer CMD…             run CMD on the host's disk, but in the network at the other end of the cable
#   machine.sh reboot | stop         as on a real machine: services are shut down first
#   machine.sh reset | destroy       pull the plug and throw away the disk, or all of the machine
#   machine.sh status                "running", "degraded", … or "off"
#
# The machine has lo and eth0 10.231.7.2/24; the peer at the other end is 10.231.7.1. There is no way out.
# User ant (uid 1000) may sudo anything without a password; user bob (uid 1001) may not sudo at all.
# /usr/lib/libfaketime.so.1 is there for LD_PRELOAD, to make a single daemon live faster.
#
# Settings (environment):
#   WNM_MACHINE_NAME      the instance; several may run side by side               (m0)
#   WNM_MACHINE_CACHE     root file systems and instances live here                (~/.cache/wnm-machine)
#   WNM_MACHINE_PACKAGES  further packages, separated by commas
#   WNM_MACHINE_BIND      "/host/path:/inside/path[:ro] …", mounted at each boot
#   WNM_MACHINE_DISK_MB   size of the machine's disk; 0: as large as the host's    (0)
#   WNM_MACHINE_UPTIME    seconds that the machine seems to be up at its first boot (0)
#   WNM_MACHINE_CGROUP    hybrid or unified                                        (as the host)
#   WNM_MACHINE_SUITE     the release to install                                   (as the host)
#   WNM_MACHINE_SOURCES   apt sources to install from                              (as the host)
#   WNM_MACHINE_OWNER     pid whose end makes the instance garbage for the next boot or build
set -euo pipefail

SELF=$(readlink -f "$0")
: "${WNM_MACHINE_NAME:=m0}"
: "${WNM_MACHINE_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/wnm-machine}"
: "${WNM_MACHINE_PACKAGES:=}"
: "${WNM_MACHINE_BIND:=}"
: "${WNM_MACHINE_DISK_MB:=0}"
: "${WNM_MACHINE_UPTIME:=0}"
: "${WNM_MACHINE_CGROUP:=}"
# shellcheck disable=SC1091 # a file of the host
: "${WNM_MACHINE_SUITE:=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")}"
: "${WNM_MACHINE_SOURCES:=}"
: "${WNM_MACHINE_OWNER:=}"

BOOT_SECONDS=200
STOP_SECONDS=30
PACKAGES=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,sudo,ufw,iptables,cron,libfaketime
PACKAGES+=,procps,curl,iproute2,iputils-ping,util-linux,login,passwd,ca-certificates,python3-minimal,strace
INSIDE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# The clock and the kernel are the host's, so nothing inside may set them.
WITHOUT_CAPS=-sys_time,-sys_module,-sys_rawio,-syslog,-wake_alarm,-mac_admin,-mac_override
RUN=$WNM_MACHINE_CACHE/run/$WNM_MACHINE_NAME

# 125 tells a failure of this script from a failure of the command that runs inside.
die() {
  echo "machine.sh: $*" >&2
  exit 125
}

# A pid is kept as "PID START", so that a number which the kernel gave to another process is never taken for ours.
start_of() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }

remember() { echo "$2 $(start_of "$2")" >"$1"; }

# Prints the pid kept in file $1 if that process still lives.
alive() {
  local pid start
  [ -s "$1" ] && read -r pid start <"$1" && [ -n "$start" ] && [ "$(start_of "$pid")" = "$start" ] && echo "$pid"
}

wait_gone() { # FILE SECONDS
  local turns=$(($2 * 20))
  while alive "$1" >/dev/null; do
    [ $((turns -= 1)) -gt 0 ] || return 1
    sleep .05
  done
}

# Prints the pid (as the host sees it) of the machine's PID 1.
leader() {
  local holder pid
  holder=$(alive "$RUN/unshare.pid") || return 1
  pid=$(cut -d ' ' -f 1 "/proc/$holder/task/$holder/children" 2>/dev/null) || return 1
  [ "$(readlink "/proc/$pid/exe")" = /usr/lib/systemd/systemd ] && echo "$pid"
}

sources() {
  local file
  for file in "$WNM_MACHINE_SOURCES" /etc/apt/sources.list.d/{debian,ubuntu}.sources /etc/apt/sources.list; do
    if grep -v '^ *#' "$file" 2>/dev/null | grep -qw "$WNM_MACHINE_SUITE"; then
      echo "$file"
      return
    fi
  done
  die "no apt sources for \"$WNM_MACHINE_SUITE\" found in /etc/apt; this needs Debian or Ubuntu (WNM_MACHINE_SOURCES names another file)"
}

# Runs in the new root file system.
# shellcheck disable=SC2317,SC2329 # declare -f carries it there
furnish() {
  useradd -m -u 1000 -s /bin/bash ant
  useradd -m -u 1001 -s /bin/bash bob
  echo 'ant ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ant
  chmod 440 /etc/sudoers.d/ant
  echo 'LANG=C.UTF-8' >/etc/default/locale
  mkdir -p /etc/systemd/journald.conf.d /var/log/journal
  printf '[Journal]\nStorage=persistent\nSystemMaxUse=32M\nForwardToSyslog=no\n' >/etc/systemd/journald.conf.d/machine.conf
  # No console to log in at, and no network to update from or to wait for.
  for unit in console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer systemd-networkd-wait-online.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
  done
  ln -s /usr/lib/*/faketime/libfaketime.so.1 /usr/lib/libfaketime.so.1
  : >/etc/machine-id
  rm -f /etc/resolv.conf
  : >/etc/resolv.conf
  rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
}

recipe() { echo "$WNM_MACHINE_SUITE $PACKAGES $WNM_MACHINE_PACKAGES $(dpkg --print-architecture)" && declare -f furnish; }

rootfs() { echo "$WNM_MACHINE_CACHE/rootfs-$(recipe | sha256sum | cut -c1-12)"; }

build() {
  sweep
  [ ! -d "$(rootfs)" ] || return 0
  (
    flock 9
    build_locked
  ) 9>"$WNM_MACHINE_CACHE/build.lock"
}

build_locked() {
  local target draft list
  target=$(rootfs)
  [ ! -d "$target" ] || return 0
  command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: run $(dirname "$SELF")/requirements.sh, or apt-get install mmdebstrap"
  list=$(sources)
  draft=$target.draft
  rm -rf --one-file-system "$draft"
  # In namespaces of its own, so that a build which is killed leaves no process and no mount behind.
  unshare --mount --pid --fork --kill-child --propagation slave --mount-proc \
    mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Languages "none"' \
    --include="$PACKAGES${WNM_MACHINE_PACKAGES:+,$WNM_MACHINE_PACKAGES}" "$WNM_MACHINE_SUITE" "$draft" "$list" 9>&- >&2 ||
    die "mmdebstrap failed"
  chroot "$draft" /bin/bash -euc "$(declare -f furnish); furnish" || die "the new root file system could not be furnished"
  mv "$draft" "$target"
}

# Prints "NAME OPTIONS DIRECTORY" for each cgroup hierarchy of the host: the directory is this machine's own.
cgroups() {
  local controllers own mount base name
  name=wnm-$WNM_MACHINE_NAME-$(printf %s "$RUN" | sha256sum | cut -c1-8)
  while IFS=: read -r _ controllers own; do
    if [ -z "$controllers" ]; then
      # cgroup v2 gives controllers only to children of a cgroup without processes, which the top always counts as.
      base=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
      [ -z "$base" ] || echo "unified - $base/$name"
    else
      mount=$(findmnt -n -o TARGET -t cgroup -O "${controllers%%,*}" | head -n 1)
      [ -n "$mount" ] || continue
      base=$mount${own%/}
      [ -d "$base" ] || base=$mount
      echo "${controllers#name=} $controllers $base/$name"
    fi
  done </proc/self/cgroup
}

make_cgroups() {
  local name directory parent
  while read -r name _ directory; do
    mkdir -p "$directory"
    case $name in
      cpuset)
        parent=$(dirname "$directory")
        cat "$parent/cpuset.cpus" >"$directory/cpuset.cpus"
        cat "$parent/cpuset.mems" >"$directory/cpuset.mems"
        echo 1 >"$directory/cgroup.clone_children"
        ;;
      devices) echo 'b *:* rw' >"$directory/devices.deny" ;; # no raw disk of the host inside
    esac
    # For processes that belong to the machine but not to its systemd.
    mkdir -p "$directory/outside"
  done <"$RUN/cgroups"
}

# Moves this process into the machine's cgroups, or into a child of them.
join_cgroups() { # [/CHILD]
  local directory
  while read -r _ _ directory; do
    echo 0 >"$directory${1:-}/cgroup.procs"
  done <"$RUN/cgroups"
}

remove_cgroups() {
  local directory turns=100
  [ -e "$RUN/cgroups" ] || return 0
  while read -r _ _ directory; do
    # Processes that were killed a moment ago may still hold it.
    while [ -d "$directory" ] && ! find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null && [ $((turns -= 1)) -gt 0 ]; do
      sleep .05
    done
  done <"$RUN/cgroups"
}

# boot starts the supervisor in a mount namespace (so the host sees none of the mounts) and a network namespace (the
# peer) of its own. For each boot the supervisor starts `confined`, which becomes unshare, whose child runs `init` and
# becomes systemd. Killing any of them takes those below it along.

boot() {
  build
  # It may be on, or on its way up; or on its way down, and then ends first.
  if alive "$RUN/supervisor.pid" >/dev/null && (ready) 2>/dev/null; then return; fi
  pull_plug
  mkdir -p "$RUN"
  [ "$(stat -f -c %T "$RUN")" != overlayfs ] || die "$WNM_MACHINE_CACHE lies on an overlay file system: let WNM_MACHINE_CACHE name a folder on a real disk"
  [ -z "$WNM_MACHINE_OWNER" ] || remember "$RUN/owner" "$WNM_MACHINE_OWNER"
  setsid unshare --mount --net --propagation slave bash "$SELF" __supervise "$WNM_MACHINE_NAME" </dev/null >"$RUN/log" 2>&1 &
  remember "$RUN/supervisor.pid" $!
  disown
  ready
}

supervise() {
  local code=0 image=$RUN/disk.img
  trap '' INT HUP
  ulimit -n 524288 2>/dev/null || true # as Debian's systemd has it, where the host allows it
  ip link set lo up
  mkdir -p "$RUN/layer" "$RUN/root"
  if [ "$WNM_MACHINE_DISK_MB" -gt 0 ]; then
    if [ ! -e "$image" ]; then
      truncate -s "${WNM_MACHINE_DISK_MB}M" "$image"
      mke2fs -q -t ext4 -m 0 "$image"
    fi
    mount -o loop "$image" "$RUN/layer"
  fi
  cgroups >"$RUN/cgroups"
  while :; do
    make_cgroups
    bash "$SELF" __confined $$ &
    remember "$RUN/unshare.pid" $!
    code=0
    wait $! || code=$?
    echo "boot ended with $code"
    remove_cgroups # also before the next boot: systemd's settings of the top would keep `confined` out
    [ "$code" = 129 ] || break # 129: systemd asked the kernel to restart
    WNM_MACHINE_UPTIME=0
  done
  if mountpoint -q "$RUN/layer"; then umount "$RUN/layer"; fi
}

# Makes the machine's cgroups the root of a cgroup namespace, and leaves that root to systemd: cgroup v2 gives no
# controllers to the children of a cgroup that has processes.
confined() { # SUPERVISOR
  if [ "${2:-}" != inside ]; then
    join_cgroups
    exec unshare --cgroup setpriv --pdeathsig KILL bash "$SELF" __confined "$1" inside
  fi
  join_cgroups /outside
  local offset=$((WNM_MACHINE_UPTIME - $(cut -d. -f1 /proc/uptime)))
  exec unshare --mount --uts --ipc --net --pid --time --boottime="$offset" --monotonic="$offset" --fork --kill-child \
    --propagation slave bash "$SELF" __init "$1"
}

init() { # SUPERVISOR
  local root=$RUN/root layer=$RUN/layer
  join_cgroups
  mkdir -p "$layer/up" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$(rootfs),upperdir=$layer/up,workdir=$layer/work" "$root"
  plug_in_cable "/proc/$1/ns/net"
  mount_kernel_files "$root"
  mount_devices "$root/dev"
  mount_cgroups "$root/sys/fs/cgroup"
  mount_binds "$root"
  echo "$WNM_MACHINE_NAME" >/proc/sys/kernel/hostname
  echo "$WNM_MACHINE_NAME" >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n' "$WNM_MACHINE_NAME" >"$root/etc/hosts"
  cd "$root"
  pivot_root . .
  umount -l .
  cd /
  mount --make-rshared /
  # In a container, systemd reads its own arguments as the kernel's command line; newer ones ask for this on cgroup v1.
  exec setpriv --bounding-set="$WITHOUT_CAPS" env -i container=wnm PATH="$INSIDE_PATH" \
    /sbin/init SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
}

plug_in_cable() { # PEER-NAMESPACE
  ip link set lo up
  ip link add eth0 type veth peer name peer0 netns "$1"
  ip address add 10.231.7.2/24 dev eth0
  ip link set eth0 up
  nsenter --net="$1" ip address add 10.231.7.1/24 dev peer0
  nsenter --net="$1" ip link set peer0 up
}

mount_kernel_files() { # ROOT
  mount -t proc -o nosuid,nodev,noexec proc "$1/proc"
  mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$1/sys"
  # The kernel's settings are the host's, except those of the network.
  mount --bind "$1/proc/sys" "$1/proc/sys"
  mount --bind "$1/proc/sys/net" "$1/proc/sys/net"
  mount -o remount,bind,ro "$1/proc/sys"
  if [ -e "$1/proc/sysrq-trigger" ]; then mount --bind /dev/null "$1/proc/sysrq-trigger"; fi
  cat /proc/sys/kernel/random/uuid >"$RUN/boot_id"
  mount --bind "$RUN/boot_id" "$1/proc/sys/kernel/random/boot_id"
  mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$1/run"
  # User namespaces may mount a proc of their own only if one without mounts on top is visible.
  mkdir -p "$1/run/host/proc"
  chmod 700 "$1/run/host"
  mount -t proc -o nosuid,nodev,noexec proc "$1/run/host/proc"
}

mount_devices() { # DEV
  local node
  mount -t tmpfs -o nosuid,strictatime,mode=755,size=8m tmpfs "$1"
  mkdir -p "$1"/{pts,shm,mqueue,net}
  for node in null zero full random urandom tty fuse net/tun; do
    if [ -e "/dev/$node" ]; then
      cp -a "/dev/$node" "$1/$node"
      chmod 666 "$1/$node"
    fi
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$1/pts"
  ln -s pts/ptmx "$1/ptmx"
  mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$1/shm"
  mount -t mqueue mqueue "$1/mqueue"
  ln -s /proc/self/fd "$1/fd"
  ln -s fd/0 "$1/stdin"
  ln -s fd/1 "$1/stdout"
  ln -s fd/2 "$1/stderr"
}

mount_cgroups() { # DIRECTORY
  local name controllers options=nosuid,nodev,noexec
  if [ "$WNM_MACHINE_CGROUP" = unified ] || ! grep -qv '^0::' /proc/self/cgroup; then
    mount -t cgroup2 -o $options cgroup2 "$1"
    return
  fi
  mount -t tmpfs -o $options,mode=755,size=4m tmpfs "$1"
  while read -r name controllers _; do
    mkdir "$1/$name"
    if [ "$name" = unified ]; then
      mount -t cgroup2 -o $options cgroup2 "$1/$name"
    else
      mount -t cgroup -o "$options,$controllers" cgroup "$1/$name"
    fi
  done <"$RUN/cgroups"
}

mount_binds() { # ROOT
  local bind source target option
  for bind in $WNM_MACHINE_BIND; do
    IFS=: read -r source target option <<<"$bind"
    if [ -d "$source" ]; then
      mkdir -p "$1$target"
    elif [ ! -e "$1$target" ]; then
      mkdir -p "$(dirname "$1$target")"
      touch "$1$target"
    fi
    mount --bind "$source" "$1$target"
    if [ "$option" = ro ]; then mount -o remount,bind,ro "$1$target"; fi
  done
}

# Runs a command as root inside; it counts for the machine's cgroups and ends with the machine.
enter() {
  local pid
  pid=$(leader) || die "$WNM_MACHINE_NAME is not running"
  join_cgroups /outside
  exec nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup --time --root --wd -- \
    setpriv --bounding-set="$WITHOUT_CAPS" env -i TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH="$INSIDE_PATH" "$@"
}

run_inside() {
  local user=
  if [ "${1:-}" = -u ]; then
    user=$2
    shift 2
  fi
  if [ "${1:-}" = -- ]; then shift; fi
  [ $# -gt 0 ] || die "exec needs a command"
  if [ -z "$user" ]; then enter "$@"; fi
  # As ssh does: through PAM, so that logind opens a session and sets XDG_RUNTIME_DIR.
  # shellcheck disable=SC2016 # the inner shell expands this
  enter su -l -s /bin/bash -c 'exec "$@"' -- "$user" bash "$@"
}

run_at_peer() {
  local pid
  pid=$(alive "$RUN/supervisor.pid") || die "$WNM_MACHINE_NAME is not running"
  exec nsenter --net="/proc/$pid/ns/net" -- "$@"
}

system_state() { (enter systemctl is-system-running) 2>/dev/null || true; }

ready() {
  local state='' end=$((SECONDS + BOOT_SECONDS))
  while [ "$SECONDS" -lt "$end" ]; do
    state=$(system_state)
    case $state in running | degraded) return ;; esac
    alive "$RUN/supervisor.pid" >/dev/null || die "boot failed: $(tail -n 3 "$RUN/log")"
    sleep .05
  done
  die "not up after $BOOT_SECONDS s (${state:-no answer}); see $RUN/log"
}

reboot() {
  local pid before end=$((SECONDS + BOOT_SECONDS))
  pid=$(leader) || die "$WNM_MACHINE_NAME is not running"
  before=$(cat "$RUN/boot_id")
  kill -s RTMIN+5 "$pid"
  while [ "$(cat "$RUN/boot_id")" = "$before" ]; do
    alive "$RUN/supervisor.pid" >/dev/null || die "boot failed: $(tail -n 3 "$RUN/log")"
    [ "$SECONDS" -lt "$end" ] || die "does not shut down; see $RUN/log"
    sleep .05
  done
  ready
}

stop() {
  local pid
  if pid=$(leader); then
    kill -s RTMIN+4 "$pid"
    wait_gone "$RUN/supervisor.pid" "$STOP_SECONDS" || true
  fi
  pull_plug
}

# Ends what still runs and leaves nothing of it behind but files.
pull_plug() {
  local pid
  if pid=$(alive "$RUN/unshare.pid"); then kill -9 "$pid"; fi
  wait_gone "$RUN/supervisor.pid" 10 || true
  if pid=$(alive "$RUN/supervisor.pid"); then kill -9 "$pid"; fi
  wait_gone "$RUN/supervisor.pid" 5 || true
  wait_gone "$RUN/unshare.pid" 5 || true
  remove_cgroups
  rm -f "$RUN/supervisor.pid" "$RUN/unshare.pid" "$RUN/cgroups"
}

reset() {
  pull_plug
  rm -rf --one-file-system "$RUN/layer" "$RUN/disk.img"
}

destroy() {
  pull_plug
  rm -rf --one-file-system "$RUN"
}

status() {
  local state=
  if leader >/dev/null; then state=$(system_state); fi
  echo "${state:-off}"
}

# Destroys the instances whose owner has gone without doing so.
sweep() {
  local owner
  mkdir -p "$WNM_MACHINE_CACHE/run"
  (
    flock 8
    for owner in "$WNM_MACHINE_CACHE"/run/*/owner; do
      if [ -e "$owner" ] && ! alive "$owner" >/dev/null; then
        RUN=$(dirname "$owner") destroy
      fi
    done
  ) 8>"$WNM_MACHINE_CACHE/sweep.lock"
}

main() {
  local command=${1:-}
  [ "$(uname -s)" = Linux ] || die "this needs Linux"
  [ "$(id -u)" = 0 ] || die "this needs root"
  [[ $WNM_MACHINE_NAME =~ ^[a-z0-9][a-z0-9-]{0,39}$ ]] || die "WNM_MACHINE_NAME: at most 40 of a-z, 0-9 and -"
  # The supervisor, and init below it, are further runs of this script.
  export WNM_MACHINE_NAME WNM_MACHINE_CACHE WNM_MACHINE_PACKAGES WNM_MACHINE_BIND WNM_MACHINE_DISK_MB \
    WNM_MACHINE_UPTIME WNM_MACHINE_CGROUP WNM_MACHINE_SUITE WNM_MACHINE_SOURCES WNM_MACHINE_OWNER
  shift || true
  case $command in
    build) build ;;
    boot) boot ;;
    reboot) reboot ;;
    stop) stop ;;
    reset) reset ;;
    destroy) destroy ;;
    status) status ;;
    exec) run_inside "$@" ;;
    peer) run_at_peer "$@" ;;
    __supervise) supervise ;;
    __confined) confined "$@" ;;
    __init) init "$@" ;;
    *)
      sed -n '2,/^$/{s/^# \{0,1\}//p}' "$SELF" | sed '/^Settings/,$d' >&2
      exit 2
      ;;
  esac
}

# On one line, for bash reads a script as it goes: editing this file must not disturb a supervisor that runs.
main "$@"; exit
