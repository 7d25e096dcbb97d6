/** Both generations of node programs, and keys. */
export const generationsTopic =
  (): string => `wnm runs legacy antnode and the new ant-node, also side by side. New nodes are of the generation of
the program at --antnode_path, unless --node_software says otherwise.

ant-node serves no metrics: wnm judges it by its process, port, files and log. What cannot be known
is shown as -. Nothing limits what one ant-node stores. A node is added only where the disk stays
below hd_remove for a week, by what nodes hold and how the disk has grown in the last day:
    wnm --report machine-metrics

Browsers reach an ant-node of 0.20 or newer on a UDP port of its own, rpc_port_start times 1000 plus
its number. Forward it like the node's port, or do without: --webrtc_direct off. A node that runs
gets or loses the port at its next start.

Replace nodes of the other generation with new ones, a few at a time:
    wnm --replace_generation --confirm

Upgrades: nodes upgrade themselves. With --enable_upgrade wnm upgrades them to the program at
--antnode_path: one node first, the others when that one has been healthy for delay_upgrade. See
node_program for how a new program gets there.

Identities: write all of them to a file, and restore those that are missing. Anyone who has the file
can impersonate these nodes.
    wnm --export_keys keys.json
    wnm --import_keys keys.json
`;
