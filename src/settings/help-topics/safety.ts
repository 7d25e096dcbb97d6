/** What wnm promises about nodes and their data. */
export const safetyTopic =
  (): string => `Absence is never a command. Storage that is not mounted, or is not the colony's (it has a marker
file): nothing is touched, exit code 5. A lost database: nothing is touched, exit code 4. A
measurement that fails is never a reason to act. A node whose folder cannot be read, whose own disk
is not mounted, or whose key is gone is left alone; every run says so, exit code 3. If it is
permanently lost:
    wnm --force_action remove --service_name antnode0003 --confirm

Unknown is a state. A node that does not answer is not stopped; its process decides. A process is
its pid, start time and boot together, so another program with a reused pid is never signalled.

Unreadable is not a default. A stored value that makes no sense (a wallet, a threshold, a row) is
set aside and reported in each run, exit code 3, and what depends on it is not done: nobody else
is paid, no other limit counts. The rest of the colony is managed as usual.

Stop is not delete. CPU, memory, load and traffic only stop nodes. Data are deleted only when the
disk is full, for node_cap, or when you ask: the node is stopped, delay_remove passes, the data are
deleted, and once that is verified the node is forgotten. Raise node_cap in time and the node
starts again.

The whole machine failing is not the nodes' fault. When more than max(3, 45 %) of the nodes go bad
together, nothing is stopped, upgraded or removed until they are back.

A bad release hurts one node. A new version goes to one node first. Unless it is healthy for
delay_upgrade it gets its old program back, and the version is not tried again until you force it.

A crash loop does not burn the machine. The first death costs nothing: the supervisor or the next
run starts the node again. After the second in a row, or the first of a node that ends on its own
with a reason, the next start waits 1, 2, 5, 15, 30 and 60 minutes, then an hour each, also where a
supervisor would be faster. A death after an hour up counts as a first one again. Up to five times
in a row, nodes that end and start again together, as when their supervisor is restarted, do not
wait. A failed removal or stop waits in the same way. None of these holds up other nodes.

A full disk does not stop a removal. What a run writes for it is allocated in advance; wnm also
keeps 2 MiB (.wnm-ballast, less on a small disk). Starts, upgrades and new nodes need room and say
so.

One colony, one run. Every way to a database (a link, a bind mount, --dbpath) leads to the same
lock; a database with a second name (a hard link) is refused.

A run that hangs is reported. A second run says what the first one does and waits for, and ends with
75. A run that has only looked for 10 minutes (plus survey_delay), uses no CPU, has no child process
and is not being debugged is killed. A run that acts is never killed.

A killed run breaks nothing. The next one finishes or undoes what it began. A changed clock
changes no delay.
`;
