/** Taking over nodes that run already, and handing them back. */
export const takingOverTopic =
  (): string => `--init --import makes a colony of the nodes that are there. None is restarted, its process stays the
same, and its data stay where they are. Look first:
    wnm --init --import --dry_run
    wnm --init --import

Later, --import alone takes nodes into the colony that it does not have: all of them, those that the
dry run shows by these names, or those in a folder. Their numbers go on where the colony's end; a
second call finds nothing to do. It raises no node_cap:
    wnm --import --dry_run
    wnm --import --service_name antnode0007
    wnm --import --from /mnt/disk2

It finds nodes as
- units of systemd, the machine's and yours, whoever wrote them: wnm, Python wnm, anm, anm2 or you
- jobs of launchd, and nodes of antctl
- the nodes of your ant node daemon, by its registry, running or not
- Formicaio's native nodes, by its database (formicaio.db at home, in ~/formicaio, beside a node
  of it that runs, in DB_PATH, or in the folder of --from), running or not
- plain processes, while they run

Ports are kept, also one that a node chose itself; so are wallets, log folders, the upgrade channel
and flags: those that all nodes have become start_args, those of one ant-node its variables. A node
keeps its number (node-3 is antnode0003) unless that is taken. An ant-node that shares its program
with others gets its own copy at its next start.

What ran the nodes must not go on doing so. The ant node daemon and Formicaio have to be stopped
first: wnm refuses while they run, and says how. Their nodes keep running.

What cannot be taken is listed with the reason, one line for each reason: nodes of other accounts
and in containers, a unit that is a template or that a drop-in starts, a config file of the node's
own, a folder that is a link or holds another node's. With --json the list is complete. Nodes of
several managers: give the one whose nodes are meant, with --process_manager.

A removal deletes the node's folder wherever it is. If it is not named like wnm's own (antnode0001),
it has to hold nothing but what nodes make; else the removal is refused and names what is in the
way, as the import did.

Handing back: wnm --release touches no node. A unit keeps running under its name; the daemon's
registry is as it was, and it and Formicaio find their nodes again when they start.
`;
