import { dirname, join } from "node:path";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { compiledWnm, ROOMY } from "../support/wnm.ts";

/** Functions for the scripts below. */
const PRELUDE = `
ip link set lo up
export HOME=$(mktemp -d) PATH=/usr/sbin:/usr/bin:/sbin:/bin; trap 'rm -rf "$HOME"' EXIT; cd "$HOME"
WALLET=0x${"1".repeat(40)}
DB=$HOME/.local/share/autonomi/colony.db
mkdir -p .local/bin; cp "$PROGRAMS"/ant-node "$PROGRAMS"/bootstrap_peers.toml .local/bin/
# Waits until a command succeeds.
until_ok() { for _ in $(seq 1200); do "$@" && return; sleep 0.1; done; echo "never: $*" >&2; exit 9; }
# Makes a node's folder with a program of its own.
folder() { mkdir -p "$1"; cp "$PROGRAMS"/ant-node "$PROGRAMS"/bootstrap_peers.toml "$1"/; }
# Starts a node in a session of its own.
run() { setsid -f "$@" </dev/null >/dev/null 2>&1; }
# Waits until the nodes in the folders are up.
up() { for d; do until_ok test -e "$d/webrtc-direct.multiaddr"; done; }
# Prints pid and start time of the node on a folder.
identity() { for p in /proc/[0-9]*; do
  tr '\\0' '\\n' <"$p/cmdline" 2>/dev/null | grep -qx -- "$1" && echo "\${p#/proc/} $(cut -d' ' -f22 "$p/stat")"; done; true; }
import() { "$WNM" --init --import --antnode_path '~/.local/bin/ant-node' ${ROOMY.join(" ")} "$@"; }
wnm() { "$WNM" "$@"; }
`;

/**
 * Runs the script with bash in its own process table and network, so that no node of another test is found.
 * Returns its output. Throws if it fails.
 */
export async function inBox(script: string): Promise<string> {
  const wnm = await compiledWnm();
  const programs = join(dirname(wnm), "ant-node-0.23.1");
  await buildAntNode(join(programs, "ant-node"), "0.23.1");
  const child = Bun.spawn(
    ["unshare", "-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "bash", "-ec", PRELUDE + script],
    {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", WNM: wnm, PROGRAMS: programs },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`the script ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}
