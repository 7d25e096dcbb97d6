/** Nodes on several disks. */
export const disksTopic = (): string => `node_storage takes one folder, or one for each disk:
    wnm --node_storage /mnt/a/nodes,/mnt/b/nodes
    wnm --node_storage /mnt/a/nodes --node_storage /mnt/b/nodes
A comma followed by / or ~/ separates folders, unless a backslash is before it (/mnt/a\\,/b is one
folder); any other comma is part of a name. Environment and config files take the same text. It
replaces the stored list. The folders must exist; the next run marks each (.wnm-storage), and every
later run verifies the mark before it touches anything there.

All folders on one file system are one disk, even through bind mounts, links or subvolumes.
hd_less_than, hd_remove, crisis_bytes and what nodes keep free count for each file system, of its
bytes or its inodes, whichever are scarcer.

New nodes go to the disk where a node then has the largest share of what the nodes of that disk may
hold; so they spread by the sizes of the disks. A disk that will reach hd_remove in a week, by what
nodes hold and how it grows, takes none. Of several folders on one disk the one with fewer nodes is
taken. Nodes stay where they are, also when their folder is taken out of node_storage: that disk
then takes no new ones and is watched as before.

A problem with a disk affects only its nodes:
  full             nodes of that disk are removed, as --help safety says; no others
  read-only        its nodes are stopped and keep their data; they start when it is writable again
  gone, swapped    its nodes are left alone and count for node_cap; nothing is written there
  errors (EIO)     nodes whose folders cannot be read are left alone
Each is a finding (wnm --help findings). Where no storage can be used, the run is refused.

A disk that was replaced at the same path, or is lost for good: the new disk has no mark, so nothing
is done there. wnm --report health (or doctor) shows the line that marks it as the storage and gives
the lost nodes up; new ones then take their place.

A bigger disk, or an emptied one: name the new folder in node_storage, then
    wnm --force_action move --service_name 7 --to /mnt/b/nodes
    wnm --force_action move --count 3 --from /mnt/a/nodes --to /mnt/b/nodes
    wnm --force_action move --from /mnt/a/nodes --to /mnt/b/nodes
The node is stopped, copied (each file is compared with its original by size and samples), started
there with its peer id, and then its old folder is deleted. If a run is killed, the next one
continues; a move that fails, or whose node does not start there, is undone, and says where the node
is. A node that was stopped or disabled stays so. --from takes all nodes of a folder, the disabled
ones last, and names those that stay: one that its operator has started, is being removed, or cannot
be accessed. A command for the node (stop, start, disable …) cancels an interrupted move and deletes
the copy; so do a removal and --release. Take a folder out of node_storage before you empty it, or
new nodes go there. Nodes of antctl and of containers stay where they were made. In
the sudo modes run it as root.

antctl+zen and s6overlay+user take one folder: antctl chooses it, and the nodes of a container share
its storage. Python wnm knows the first folder.

Figures of each disk: wnm --report machine-metrics --json (disks), --report prometheus (wnm_disk_*),
--report influx-ntracking (nodes_disks), and the overview.
`;
