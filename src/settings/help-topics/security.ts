/** Rights, downloads, hostile nodes, and the runtime's variables. */
export const securityTopic =
  (): string => `Rights: none in user mode. In the sudo modes wnm calls sudo -n for single commands (install, mv,
rm, kill, the service manager); it never asks for a password. Give the executable no setuid bit
and no rule in sudoers, do not start it through sudo -E, and do not strip it.

Downloads: install.sh carries the sha256 of each program of its release, so a mirror (WNM_MIRROR)
can change nothing. With minisign or OpenSSL 3 it also checks the release's signature, as
--self_upgrade does with the key inside this program. --get_node verifies node programs before
it runs any of them (node_program).

Nodes: wnm runs no program that a node can write. It knows programs by their content and runs only
the one at --antnode_path, only if nobody but root and you can change it; root runs another user's
program as that user. In a node's folder no link is followed. A node's data are deleted only if
its folder is directly inside the colony's storage and is not a link.

A compromised node. systemd+sudo, and systemd+user where user namespaces are allowed, show
it nothing of your home and of other nodes; docker+user mounts nothing but its own folders. Other
modes cannot: nodes of setsid+sudo and launchd+sudo share the account ant and see what every account
may see; those of s6overlay+user share a container with the storage in it. A node of setsid+user,
launchd+user or antctl+user can do what your account can: read ~/.ssh, write ~/.profile.

Children are started with argument lists, never through a shell, and get an environment of their
own.

The runtime: this executable contains Bun, which reads some variables before wnm starts.
  BUN_OPTIONS, bunfig.toml, .env        code preloaded by them is refused or ignored
  BUN_FEATURE_FLAG_NO_ORPHANS           would end the nodes that a run starts: refused, exit code 5
  BUN_BE_BUN=1                          cannot be refused; it turns this into a JavaScript runtime
So the installer's cron line starts wnm with HOME and PATH alone (env -i); do the same in wrappers.
Bun does not start where /proc is not mounted.
`;
