#!/bin/sh
# First process of wnm's containers, and what docker exec calls in them. POSIX sh, for any image that has one.
#
#   one PORT COMMAND…   one node: ends as the node ends
#   many SECONDS        the nodes that are wanted, until the container is stopped; they end and start without it
#   start NAME          waits until the node, which is now wanted, runs: prints "running" or "ended CODE"
#   stop NAME SECONDS SIGNAL   sends the signal (0: none) to the node, which is wanted no more, and waits until it has
#                              ended, for SECONDS at most
#   list                prints "NAME running", "NAME waiting CODE" or "NAME stopped" for each node that is defined
#
#   clean FILE COMMAND…   the command with the variables that the file exports, or its function environment, and no others
#
# wnm writes NAME.node into $defined, which sets metrics_port, output, environment and the command, and NAME.up while it
# wants the node.
set -u
umask 077
init=$0
defined=/wnm/nodes
state=/run/wnm
metrics_port=- output=/dev/null

# Nodes answer about themselves on the loopback only, and a published port arrives at the container's own address.
relay() { # PORT
  [ "$1" != - ] || return 0
  read -r name </proc/sys/kernel/hostname
  address=
  while read -r ip names; do
    case "$ip $names " in [0-9]*.*" $name "*) address=$ip ;; esac
  done </etc/hosts
  case $address in '' | 127.*) return 0 ;; esac
  if command -v socat >/dev/null; then
    exec socat "TCP-LISTEN:$1,bind=$address,reuseaddr,fork" "TCP:127.0.0.1:$1"
  elif command -v perl >/dev/null; then
    exec perl -MIO::Socket::INET -MIO::Select -e '
      my ($host, $port) = @ARGV;
      my $door = IO::Socket::INET->new(LocalAddr => $host, LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "$!\n";
      $SIG{CHLD} = "IGNORE";
      while (1) {
        my $in = $door->accept or next;
        if (fork) { close $in; next }
        my $out = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or exit;
        my ($both, $data) = IO::Select->new($in, $out);
        while (my @ready = $both->can_read(60)) {
          for my $from (@ready) {
            sysread($from, $data, 65536) or exit;
            my $to = $from == $in ? $out : $in;
            for (my $at = 0; $at < length $data;) { $at += syswrite($to, $data, length($data) - $at, $at) || exit }
          }
        }
        exit;
      }' "$address" "$1"
  elif busybox nc --help 2>&1 | grep -q -e '-s ADDR'; then
    exec busybox nc -lk -s "$address" -p "$1" -e busybox nc 127.0.0.1 "$1"
  fi
  return 1
}

can_relay() { # PORT
  [ "$1" = - ] || command -v socat >/dev/null || command -v perl >/dev/null ||
    busybox nc --help 2>&1 | grep -q -e '-s ADDR' && return 0
  echo "the image has neither socat nor perl to pass on the metrics port: build one with wnm --dockerfile, or set --docker_args '--network host'" >&2
  return 1
}

one() { # PORT COMMAND…
  can_relay "$1" || exit 78
  relay "$1" &
  shift
  env -i /bin/sh "$init" clean /wnm/environment "$@" &
  node=$!
  trap 'kill -TERM "$node" 2>/dev/null' TERM INT
  code=0
  # A signal ends the wait, not the node.
  while kill -0 "$node" 2>/dev/null; do
    wait "$node"
    code=$?
  done
  exit "$code"
}

# A shell of its own, so that nothing of the container's environment is left, and no list of processes shows the node's.
clean() { # FILE COMMAND…
  file=$1
  shift
  environment() { :; }
  if [ -e "$file" ]; then with "$file"; fi
  exec "$@"
}

# The file may set the command too, which is that of the caller already.
with() { # FILE
  # shellcheck disable=SC1090 # made at run time
  . "$1"
  environment
}

# True while the process whose number is in the file lives.
alive() { # FILE
  [ -e "$1" ] && read -r pid <"$1" && kill -0 "$pid" 2>/dev/null
}

kill_node() { # SIGNAL NAME
  alive "$state/$2.pid" && kill "-$1" "$pid" 2>/dev/null
}

# Keeps one node running while it is wanted; between tries it waits 1, 2, 4 … 60 seconds.
supervise() { # NAME
  alive "$state/$1.supervisor" && return 0
  # What cannot be written down could not be stopped either.
  echo $$ >"$state/$1.supervisor" || exit 78
  name=$1
  pause=1
  relay_pid=
  trap 'dismiss; exit 0' TERM
  while [ -e "$defined/$name.up" ] && [ ! -e "$state/leaving" ]; do
    # shellcheck disable=SC1090 # made at run time; it sets metrics_port, output and "$@"
    . "$defined/$name.node"
    if [ -z "$relay_pid" ] || ! kill -0 "$relay_pid" 2>/dev/null; then
      relay "$metrics_port" &
      relay_pid=$!
    fi
    read -r began rest </proc/uptime
    # What the node has put in its place is not written to: a pipe would hold the start until somebody reads it.
    [ "$output" = /dev/null ] || rm -f "$output"
    [ ! -e "$output" ] && [ ! -L "$output" ] || output=/dev/null
    env -i /bin/sh "$init" clean "$defined/$name.node" "$@" </dev/null >"$output" 2>&1 &
    node=$!
    echo "$node" >"$state/$name.pid" || kill -KILL "$node"
    wait "$node"
    code=$?
    read -r ended rest </proc/uptime
    rm -f "$state/$name.pid"
    echo "$code" >"$state/$name.ended"
    [ $((${ended%.*} - ${began%.*})) -lt 60 ] || pause=1
    left=$pause
    while [ "$left" -gt 0 ] && [ -e "$defined/$name.up" ] && [ ! -e "$state/leaving" ]; do
      sleep 1
      left=$((left - 1))
    done
    pause=$((pause < 30 ? pause * 2 : 60))
  done
  dismiss
}

dismiss() {
  [ -z "$relay_pid" ] || kill "$relay_pid" 2>/dev/null
  rm -f "$state/$name.supervisor"
}

leave() {
  : >"$state/leaving"
  turns=$((grace * 10))
  while [ "$turns" -gt 0 ]; do
    left=
    for file in "$state"/*.pid; do
      node=${file##*/}
      kill_node TERM "${node%.pid}" && left=1
    done
    [ -n "$left" ] || exit 0
    sleep 0.1
    turns=$((turns - 1))
  done
  exit 0
}

many() { # SECONDS
  # A container of an earlier wnm names none.
  grace=${1:-10}
  rm -rf "${state:?}"/*
  trap leave TERM INT
  for file in "$defined"/*.up; do
    [ -e "$file" ] || continue
    node=${file##*/}
    sh "$init" supervise "${node%.up}" &
    # Not all at once: after a boot the machine has enough to do.
    sleep 1
  done
  while :; do
    sleep 86400 &
    wait $!
  done
}

start() { # NAME
  # shellcheck disable=SC1090
  (. "$defined/$1.node" && can_relay "$metrics_port") || exit 78
  : >"$state/writable" || exit 78
  # One that has just been killed may still look alive: its end is not that of a try of ours.
  ours=
  if alive "$state/$1.pid"; then rm -f "$state/$1.ended"; else begin "$1"; fi
  # A program with a wrong flag or no free port is seen for no more than a moment.
  seen=0
  turns=100
  while [ "$turns" -gt 0 ]; do
    if [ -e "$state/$1.ended" ]; then
      [ -z "$ours" ] || break
      begin "$1"
      seen=0
    fi
    alive "$state/$1.pid" && seen=$((seen + 1))
    if [ "$seen" -ge 4 ]; then
      echo running
      return 0
    fi
    sleep 0.1
    turns=$((turns - 1))
  done
  code=124
  [ ! -e "$state/$1.ended" ] || read -r code <"$state/$1.ended"
  echo "ended $code"
}

# A first try now, also of one that waits for its next.
begin() { # NAME
  dismissed "$1"
  rm -f "$state/$1.ended"
  sh "$init" supervise "$1" </dev/null >/dev/null 2>&1 &
  ours=1
}

dismissed() { # NAME
  turns=30
  while [ "$turns" -gt 0 ] && alive "$state/$1.supervisor"; do
    kill "$pid" 2>/dev/null
    sleep 0.1
    turns=$((turns - 1))
  done
  rm -f "$state/$1.supervisor"
}

stop() { # NAME SECONDS SIGNAL
  kill_node "${3:-TERM}" "$1"
  turns=$(($2 * 10))
  while [ "$turns" -gt 0 ] && { alive "$state/$1.pid" || alive "$state/$1.supervisor"; }; do
    sleep 0.1
    turns=$((turns - 1))
  done
  # One that lives keeps its supervisor, which sees its end.
  alive "$state/$1.pid" && return 0
  dismissed "$1"
  ! alive "$state/$1.pid" && rm -f "$state/$1.pid"
}

list() {
  for file in "$defined"/*.node; do
    [ -e "$file" ] || continue
    node=${file##*/}
    node=${node%.node}
    if alive "$state/$node.pid"; then
      echo "$node running"
    elif alive "$state/$node.supervisor"; then
      code=0
      [ ! -e "$state/$node.ended" ] || read -r code <"$state/$node.ended"
      echo "$node waiting $code"
    else
      echo "$node stopped"
    fi
  done
}

"$@"
