import { MANAGER_KINDS, type ManagerKind } from "../../model/node.ts";
import { definitions } from "../text-layout.ts";

const MANAGERS: Readonly<Record<ManagerKind, string>> = {
  "systemd+user": "systemd units of your account; the default for users",
  "systemd+sudo": "systemd units of the system, run by the account ant; the default for root",
  "launchd+user": "macOS agents com.autonomi.antnode-<id>; they start at the first login after a boot",
  "launchd+sudo": "macOS daemons com.autonomi.antnode-<id>",
  "setsid+user": "plain processes of your account; a crashed one is restarted by the next run",
  "setsid+sudo": "plain processes of the account ant; a crashed one is restarted by the next run",
  "antctl+user": "services of antctl, in wnm's folders; legacy antnode only",
  "antctl+sudo": "services of the system's antctl, in wnm's folders; legacy antnode only",
  "antctl+zen": "services of antctl, which also chooses the folders and downloads the program; legacy only",
  "docker+user": "one container per node; see wnm --help containers",
  "s6overlay+user": "many nodes per container; see wnm --help containers",
};

/** Every process manager, and what each needs. */
export const managersTopic = (): string => `--process_manager is chosen at --init and stays.

Process managers:
${definitions(MANAGER_KINDS.map((kind) => [kind, MANAGERS[kind]]))}
systemd+user: nodes end at logout, unless lingering is on. Once:
    sudo loginctl enable-linger $USER

systemd units are written by wnm; put settings of your own into a drop-in:
    systemctl --user edit antnode0001
    sudo systemctl edit antnode0001
Nodes are confined. Their exposure by systemd-analyze security, out of 10: systemd+sudo 1.8;
systemd+user 2.0 where user namespaces are allowed, else 6.0.

Sudo modes without root: wnm prints the rules that it needs. They amount to root access.
    wnm --print_sudoers --process_manager systemd+sudo >wnm.sudoers
    sudo visudo -c -f wnm.sudoers && sudo install -m 0440 wnm.sudoers /etc/sudoers.d/wnm
--init --create_user creates the account ant.

Memory and processor: of the machine and the control groups that nodes start in (containers, slices
of systemd; MemoryMax, MemoryHigh, CPUQuota), the tightest limit counts, and reasons name it. A
limit per process (ulimit -v, -d, -t), which nodes of setsid inherit from what starts wnm, is not a
share of the machine: near it no node is added, and none is stopped because of it.

A node that is stopped, restarted, upgraded or removed is asked to end (SIGTERM) and has
--stop_grace seconds for that (30). A run waits 10 s of them (systemd, launchd: 20 s). If the
node has not ended by then, reports show "RUNNING, stopping 12 s", the run continues with other
nodes, and a later run finishes what was begun, or ends the node by force. Until its process has
ended, the node is neither started nor deleted. systemd and launchd learn a new value when a node
next starts. antctl's services have the time that systemd gives them
(90 s).

Firewall: in the sudo modes wnm opens each node's UDP ports in ufw when the node starts and closes
them when it stops (--firewall auto|ufw|none, or WNM_FIREWALL_DISABLED=1). It never touches a rule
whose comment is not the node's name.
`;
