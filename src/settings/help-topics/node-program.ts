/** Getting the node program, verifying it, and keeping it up to date. */
export const nodeProgramTopic =
  (): string => `--get_node fetches the node program of this machine from its project, verifies it, and puts it with
its list of bootstrap peers at --antnode_path. The previous ones stay beside them as .previous. It
needs no colony:
    wnm --get_node
    wnm --get_node 0.23.1

Nothing in a download is run before it is verified. ant-node: the ML-DSA-65 signature over the
archive, by the release key in wnm. Legacy antnode (--node_software antnode) carries no signature:
its program must have the sha256 that the project publishes for its latest release; no other version
can be verified, and none is fetched. An interrupted download resumes with the next call. A
proxy of the environment (HTTPS_PROXY, NO_PROXY) is used. --node_mirror takes releases from another
address, laid out like the project's, and --node_archive from a file with its .sig beside it; both
are verified in the same way:
    wnm --get_node --node_archive ant-node-cli-linux-x64.tar.gz

Where the program at --antnode_path is of the other generation, say which one you want with
--node_software; the new one is then put beside it.

Keeping it up to date: a line of its own in crontab fetches once a day; or the line of wnm itself
fetches once a day and upgrades the nodes, one first, the others when that one is healthy:
    17 4 * * * $HOME/.local/bin/wnm --get_node latest >> $HOME/wnm.log 2>&1
    * * * * * $HOME/.local/bin/wnm --get_node latest --enable_upgrade >> $HOME/wnm.log 2>&1

"latest" takes no older version, none that failed on a node, none that nodes could not read their
chunks with (it says which version must come between; --confirm takes it for new nodes anyway), and
none that is younger than --node_version_hold. --node_version_pin takes that version alone,
--node_channel beta the betas:
    wnm --get_node --node_channel stable --node_version_hold 48

These settings are about the program at --antnode_path. Without --enable_upgrade nodes also upgrade
themselves, each with its own check.
`;
